import { systemChance, systemClock } from '../../../shared/adapters/local/system.ts';
import type { Nature } from './model.ts';

/** The characters of generated names: no vowels, so that no words come out (Kubernetes' own alphabet). */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** The machine's time and chance. */
export const systemNature: Nature = {
  now: systemClock.now,
  uuid: systemChance.uuid,
  suffix: (length) =>
    Array.from({ length }, () => ALPHABET[Math.floor(systemChance.number() * ALPHABET.length)]).join(''),
  after(milliseconds, task) {
    const timer = setTimeout(task, milliseconds).unref();
    return () => clearTimeout(timer);
  },
};
