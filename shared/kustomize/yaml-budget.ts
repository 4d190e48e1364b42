import { Fault } from '../core/failures.ts';
import { MAX_BUILD_YAML_CHARACTERS } from '../core/yaml.ts';
import type { Clock } from '../ports.ts';

/** The YAML that one build may still parse; parsing holds up everything else in the process. */
export interface YamlBudget {
  /** Ends the build. */
  readonly signal: AbortSignal;
  /** To be awaited before that many UTF-16 units or bytes of `what` are parsed: now and then it lets others have their turn. Fault `too-large`; rejects with the signal's reason when it fired. */
  spend(characters: number, what: string): Promise<void>;
}

/** Characters parsed in one stretch, unless a single file or document is larger: some 50 ms. */
export const STRETCH_CHARACTERS = 64 * 1024;

/** `MAX_BUILD_YAML_CHARACTERS`, nothing of it spent. */
export function yamlBudget(clock: Pick<Clock, 'sleep'>, signal: AbortSignal): YamlBudget {
  let spent = 0;
  let stretch = 0;
  return {
    signal,
    async spend(characters, what) {
      spent += characters;
      if (spent > MAX_BUILD_YAML_CHARACTERS) throw exhausted(what);
      if (stretch > 0 && stretch + characters > STRETCH_CHARACTERS) {
        await clock.sleep(0, signal);
        stretch = 0;
      }
      stretch += characters;
    },
  };
}

function exhausted(what: string): Fault {
  const limit = `more than ${MAX_BUILD_YAML_CHARACTERS} characters of YAML in one build (reached at ${what})`;
  return new Fault('too-large', `${limit}: split it into several Kustomizations`, {
    limit: MAX_BUILD_YAML_CHARACTERS,
  });
}
