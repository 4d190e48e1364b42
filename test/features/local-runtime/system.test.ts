import { describe, expect, test } from 'vitest';
import { createConsoleLog } from '../../../shared/adapters/local/console-log.ts';
import { systemChance, systemClock } from '../../../shared/adapters/local/system.ts';
import { createCollectingLog } from '../../../shared/adapters/memory/collecting-log.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createSeededChance } from '../../../shared/adapters/memory/seeded-chance.ts';

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('clocks', () => {
  test.each([
    ['system', systemClock],
    ['manual', createManualClock()],
  ])('an aborted sleep of the %s clock rejects with the reason', async (_name, clock) => {
    const reason = new Error('enough');
    const abort = new AbortController();
    const sleeping = clock.sleep(60_000, abort.signal);

    abort.abort(reason);

    await expect(sleeping).rejects.toBe(reason);
    await expect(clock.sleep(60_000, abort.signal)).rejects.toBe(reason);
  });

  test('a sleep longer than 32 bits of milliseconds does not end at once', async () => {
    const abort = new AbortController();
    let ended = false;
    const sleeping = systemClock.sleep(2 ** 31 + 1, abort.signal).then(
      () => {
        ended = true;
      },
      () => undefined,
    );

    await systemClock.sleep(20);
    expect(ended).toBe(false);
    abort.abort();

    await sleeping;
  });

  test('the manual clock wakes sleepers in the order of their times, also those who sleep again', async () => {
    const clock = createManualClock(new Date(0));
    const woken: string[] = [];
    const sleeper = async (name: string, ...naps: readonly number[]) => {
      for (const nap of naps) {
        await clock.sleep(nap);
        woken.push(`${name}@${clock.now().getTime()}`);
      }
    };
    const both = Promise.all([sleeper('b', 300), sleeper('a', 100, 100, 200)]);

    await clock.advance(350);
    expect(woken).toEqual(['a@100', 'a@200', 'b@300']);
    expect(clock.now()).toEqual(new Date(350));
    await clock.advance(50);

    await both;
    expect(woken.at(-1)).toBe('a@400');
  });
});

describe('chance', () => {
  test.each([
    ['system', systemChance],
    ['seeded', createSeededChance(7)],
  ])('of the %s: version 4 ids and numbers below 1', (_name, chance) => {
    const ids = Array.from({ length: 500 }, () => chance.uuid());
    const numbers = Array.from({ length: 500 }, () => chance.number());

    expect(new Set(ids).size).toBe(500);
    for (const id of ids) expect(id).toMatch(UUID_V4);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    expect(Math.max(...numbers) - Math.min(...numbers)).toBeGreaterThan(0.9);
  });

  test('the same seed repeats itself, another does not', () => {
    const draw = (seed: number) => {
      const chance = createSeededChance(seed);
      return [chance.number(), chance.uuid()];
    };

    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
  });
});

describe('logs', () => {
  const logTo = (format: 'json' | 'human') => {
    const lines: string[] = [];
    const clock = createManualClock(new Date('2026-02-03T04:05:06.007Z'));
    return { lines, log: createConsoleLog({ format, clock, write: (line) => lines.push(line) }) };
  };

  test('a JSON line holds time, level, message and redacted data', () => {
    const { lines, log } = logTo('json');

    log.warn('cannot fetch https://u:p@h/', {
      url: 'https://u:p@h/',
      time: 'no',
      error: new Error('token=abc'),
    });

    const [line = ''] = lines;
    expect(JSON.parse(line)).toMatchObject({
      time: '2026-02-03T04:05:06.007Z',
      level: 'warn',
      message: 'cannot fetch https://*****@h/',
      url: 'https://*****@h/',
      error: { message: 'token=*****' },
    });
    expect(line).not.toMatch(/u:p|abc/);
  });

  test('a human line is one line, whatever it is told', () => {
    const { lines, log } = logTo('human');

    log.error('bad\nINFO forged \u001b[31mred', { count: 2, name: 'a b', token: 'hunter2' });

    expect(lines).toEqual([
      '04:05:06.007 error bad\\u000aINFO forged \\u001b[31mred count=2 name="a b" token=*****',
    ]);
  });

  test('the collecting log keeps what it was told, redacted', () => {
    const log = createCollectingLog();

    log.info('one', { url: 'https://u:p@h/' });
    log.error('two');

    expect(log.entries).toEqual([
      { level: 'info', message: 'one', data: { url: 'https://*****@h/' } },
      { level: 'error', message: 'two', data: {} },
    ]);
  });
});

test('warnings and errors stand out in colours, and the text is the same', () => {
  const lines = (colours: boolean): readonly string[] => {
    const written: string[] = [];
    const clock = createManualClock(new Date(0));
    const log = createConsoleLog({ format: 'human', clock, colours, write: (line) => written.push(line) });
    log.warn('watch broken', { cluster: 'c' });
    log.error('gone');
    return written;
  };

  const [warning, failure] = lines(true);

  expect(warning).toContain('\x1b[33mwarn ');
  expect(failure).toContain('\x1b[31merror');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escapes are what is taken out
  expect(lines(true).map((line) => line.replaceAll(/\x1b\[\d+m/g, ''))).toEqual(lines(false));
});
