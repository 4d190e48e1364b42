import { beforeEach, describe, expect, test } from 'vitest';
import { createManualClock, type ManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createMemoryStore } from '../../../shared/adapters/memory/memory-store.ts';
import { Fault, Postponed } from '../../../shared/core/failures.ts';
import { type Asker, asGenerator, asLarge, inRoom, type Size } from '../../../shared/reconcile/room.ts';

let clock: ManualClock;
let asker: Asker;
/** Who began what, and who ended it. */
let story: string[];

beforeEach(() => {
  clock = createManualClock();
  asker = { ports: { store: createMemoryStore(clock), clock }, signal: new AbortController().signal };
  story = [];
});

/** Work that lasts until it is told to end. */
function work(name: string, outgrows = false) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const act = async (size: Size): Promise<string> => {
    story.push(`${name} ${size}`);
    if (outgrows && size === 'small') throw new Fault('too-large', 'it is');
    await promise;
    story.push(`${name} ends`);
    return name;
  };
  return { act, end: resolve };
}

const told = async (): Promise<string> => {
  await clock.settle();
  return story.splice(0).join(', ');
};

describe('the room of a worker', () => {
  test('has small work side by side, 16 at a time', async () => {
    const all = Array.from({ length: 20 }, (_, index) => work(`${index}`));
    const running = all.map(({ act }) => inRoom(asker, false, act));

    expect((await told()).split(', ')).toHaveLength(16);

    for (const { end } of all) end();
    expect(await Promise.all(running)).toHaveLength(20);
  });

  test('has one large piece of work at a time, in the order of their coming, and small ones meanwhile', async () => {
    const [first, second, small] = [work('first'), work('second'), work('small')];
    const running = [
      inRoom(asker, true, first.act),
      inRoom(asker, true, second.act),
      inRoom(asker, false, small.act),
    ];
    small.end();

    expect(await told()).toBe('first large, small small, small ends');

    first.end();
    expect(await told()).toBe('first ends, second large');

    second.end();
    await Promise.all(running);
  });

  test('lets small work that was too large be done again when it is its turn', async () => {
    const [large, grown] = [work('large'), work('grown', true)];
    const running = [inRoom(asker, true, large.act), inRoom(asker, false, grown.act)];
    expect(await told()).toBe('large large, grown small');

    large.end();
    expect(await told()).toBe('large ends, grown large');

    grown.end();
    await Promise.all(running);
  });

  test('is free again whatever became of the work, which fails with what it failed with', async () => {
    const fails = async () => {
      throw new Fault('too-large', 'even so');
    };
    await expect(inRoom(asker, false, fails)).rejects.toMatchObject({ code: 'too-large' });
    const bug = async () => {
      throw new TypeError('a bug');
    };
    await expect(inRoom(asker, false, bug)).rejects.toThrow(TypeError);
    await expect(inRoom(asker, true, bug)).rejects.toThrow(TypeError);

    expect(await inRoom(asker, true, async (size) => size)).toBe('large');
  });

  test('belongs to one world', async () => {
    const other: Asker = { ...asker, ports: { store: createMemoryStore(clock), clock } };
    const [one, two] = [work('one'), work('two')];
    const running = [inRoom(asker, true, one.act), inRoom(other, true, two.act)];

    expect(await told()).toBe('one large, two large');

    one.end();
    two.end();
    await Promise.all(running);
  });
});

describe('who waits for a turn', () => {
  test('gives up after a minute, without having begun, and keeps nobody from it', async () => {
    const [first, late, next] = [work('first'), work('late'), work('next')];
    const running = inRoom(asker, true, first.act);
    const waiting = expect(inRoom(asker, true, late.act)).rejects.toThrow(Postponed);
    await clock.advance(30_000);
    const behind = inRoom(asker, true, next.act);
    await clock.advance(30_000);
    await waiting;
    first.end();

    expect(await told()).toBe('first large, first ends, next large');

    next.end();
    await Promise.all([running, behind]);
  });

  test('gives up when the time of the worker is over, also before it waits', async () => {
    const first = work('first');
    const running = inRoom(asker, true, first.act);
    const over = new AbortController();
    const mine = { ...asker, signal: over.signal };
    const waiting = expect(inRoom(mine, true, work('late').act)).rejects.toThrow(Postponed);
    await clock.settle();
    over.abort();
    await waiting;

    await expect(inRoom(mine, false, work('later').act)).rejects.toThrow(Postponed);
    expect(await told()).toBe('first large');
    first.end();
    await running;
  });

  test('goes on when the turn comes, however late that is told', async () => {
    const [first, second] = [work('first'), work('second')];
    const running = [inRoom(asker, true, first.act), inRoom(asker, true, second.act)];
    first.end();
    await clock.settle();
    await clock.advance(600_000);

    expect(await told()).toBe('first large, first ends, second large');
    second.end();
    await Promise.all(running);
  });
});

test('generators of one worker take turns, and a large one that waits for its turn as such holds up no other', async () => {
  const [large, first, second] = [work('large'), work('first'), work('second')];
  const running = [
    asLarge(asker, () => large.act('large')),
    asLarge(asker, () => asGenerator(asker, () => first.act('large'))),
    asGenerator(asker, () => second.act('small')),
  ];
  expect(await told()).toBe('large large, second small');

  large.end();
  expect(await told()).toBe('large ends');

  second.end();
  expect(await told()).toBe('second ends, first large');

  first.end();
  await Promise.all(running);
});
