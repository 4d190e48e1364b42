import { Fault } from './failures.ts';
import { type DisturbanceVector, disturbanceVectors } from './sha1-vectors.ts';

type Words = Int32Array;

/** What blocks are worked in, made once a message. */
interface Bench {
  readonly words: Words;
  readonly others: Words;
  readonly before: Words;
  readonly state: Words;
  readonly meetings: { readonly 58: Words; readonly 65: Words };
  readonly first: Words;
  readonly last: Words;
}

const BLOCK = 64;
const INITIAL = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
let vectors: readonly DisturbanceVector[] | undefined;

/** How often blocks may be recomputed, ours: by chance less than once each, for one pattern all over 7 times; whoever writes for it gets 32. */
const SUSPECTS_PER_BLOCK = 8;
const SUSPECTS_AT_LEAST = 100_000;

/**
 * Whether the SHA-1 of `head` and `body` was made to collide with that of something else: git's own test, by
 * recomputing each block as if the other message were its own. By chance it never is (2^-90). Fault `too-large` for
 * bytes that look so all over, which would take too long.
 */
export function isMadeToCollide(head: Uint8Array, body: Uint8Array, mostSuspects?: number): boolean {
  vectors ??= disturbanceVectors();
  const bench = newBench();
  const { words, state, before, meetings } = bench;
  const message = padded(head, body);
  let suspects = mostSuspects ?? SUSPECTS_AT_LEAST + SUSPECTS_PER_BLOCK * message.blocks;
  for (let block = 0; block < message.blocks; block++) {
    message.read(block, words);
    before.set(state);
    forward(state, words, 0, 58);
    meetings[58].set(state);
    forward(state, words, 58, 65);
    meetings[65].set(state);
    forward(state, words, 65, 80);
    add(state, before);
    for (let index = 0; index < vectors.length; index++) {
      const vector = vectors[index];
      if (vector === undefined || !mayBe(vector.conditions, words)) continue;
      if (meets(vector, bench)) return true;
      if (--suspects < 0) throw new Fault('too-large', 'it looks like an attack on SHA-1 in too many places');
    }
  }
  return false;
}

function newBench(): Bench {
  const five = () => new Int32Array(5);
  const wide = { words: new Int32Array(80), others: new Int32Array(80) };
  const state = Int32Array.from(INITIAL);
  return {
    ...wide,
    state,
    before: five(),
    meetings: { 58: five(), 65: five() },
    first: five(),
    last: five(),
  };
}

/** The message in blocks, as SHA-1 pads it. */
function padded(head: Uint8Array, body: Uint8Array) {
  const length = head.length + body.length;
  const blocks = Math.ceil((length + 9) / BLOCK);
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const byteAt = (at: number): number => {
    if (at < head.length) return head[at] ?? 0;
    if (at < length) return body[at - head.length] ?? 0;
    if (at === length) return 0x80;
    const fromEnd = blocks * BLOCK - 1 - at;
    return fromEnd < 8 ? Math.floor((length * 8) / 256 ** fromEnd) & 0xff : 0;
  };
  return {
    blocks,
    read: (block: number, words: Words): void => {
      const start = block * BLOCK;
      const isWhole = start >= head.length && start + BLOCK <= length;
      for (let t = 0; t < 16; t++) {
        const at = start + 4 * t;
        words[t] = isWhole
          ? view.getInt32(at - head.length)
          : (byteAt(at) << 24) | (byteAt(at + 1) << 16) | (byteAt(at + 2) << 8) | byteAt(at + 3);
      }
      for (let t = 16; t < 80; t++) {
        const mixed = of(words, t - 3) ^ of(words, t - 8) ^ of(words, t - 14) ^ of(words, t - 16);
        words[t] = (mixed << 1) | (mixed >>> 31);
      }
    },
  };
}

function mayBe(conditions: Int32Array, words: Words): boolean {
  for (let at = 0; at < conditions.length; at += 5) {
    const one = of(words, of(conditions, at)) >>> of(conditions, at + 1);
    const other = of(words, of(conditions, at + 2)) >>> of(conditions, at + 3);
    if (((one ^ other) & 1) !== of(conditions, at + 4)) return false;
  }
  return true;
}

/** Whether the other message of the vector, in the same state at the meeting, comes to the same hash. */
function meets({ difference, meeting }: DisturbanceVector, bench: Bench): boolean {
  const { words, others, first, last, state } = bench;
  for (let t = 0; t < 80; t++) others[t] = of(words, t) ^ of(difference, t);
  first.set(bench.meetings[meeting]);
  backward(first, others, meeting);
  last.set(bench.meetings[meeting]);
  forward(last, others, meeting, 80);
  add(last, first);
  for (let index = 0; index < 5; index++) if (last[index] !== state[index]) return false;
  return true;
}

function forward(state: Words, words: Words, from: number, to: number): void {
  let a = of(state, 0);
  let b = of(state, 1);
  let c = of(state, 2);
  let d = of(state, 3);
  let e = of(state, 4);
  for (let t = from; t < to; t++) {
    const next = (((a << 5) | (a >>> 27)) + mixed(t, b, c, d) + e + of(words, t)) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  set(state, a, b, c, d, e);
}

function backward(state: Words, words: Words, from: number): void {
  let a = of(state, 0);
  let b = of(state, 1);
  let c = of(state, 2);
  let d = of(state, 3);
  let e = of(state, 4);
  for (let t = from - 1; t >= 0; t--) {
    const last = a;
    a = b;
    b = (c << 2) | (c >>> 30);
    c = d;
    d = e;
    e = (last - ((a << 5) | (a >>> 27)) - mixed(t, b, c, d) - of(words, t)) | 0;
  }
  set(state, a, b, c, d, e);
}

/** A step's function and constant. */
function mixed(t: number, b: number, c: number, d: number): number {
  if (t < 20) return (((b & c) | (~b & d)) + 0x5a827999) | 0;
  if (t < 40) return ((b ^ c ^ d) + 0x6ed9eba1) | 0;
  if (t < 60) return (((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc) | 0;
  return ((b ^ c ^ d) + 0xca62c1d6) | 0;
}

function add(state: Words, more: Words): void {
  for (let index = 0; index < 5; index++) state[index] = of(state, index) + of(more, index);
}

function set(state: Words, a: number, b: number, c: number, d: number, e: number): void {
  state[0] = a;
  state[1] = b;
  state[2] = c;
  state[3] = d;
  state[4] = e;
}

function of(words: Words, at: number): number {
  return words[at] ?? 0;
}
