import { sha256Hex } from '../core/digests.ts';

/** A window of time, open at `from`, closed at `to`, in milliseconds since the epoch. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** Share of an interval by which two runs may be nearer or farther (COM-06, upstream's default of 5 %). */
export const INTERVAL_JITTER = 0.05;

/** The last boundary of an object's slots at or before `now`: uid sets the phase, each slot has its own jitter. */
export function lastBoundary(uid: string, interval: number, now: number): number {
  const index = Math.floor((now - phaseOf(uid, interval)) / interval);
  const candidates = [index + 1, index, index - 1].map((slot) => boundary(uid, interval, slot));
  return candidates.find((candidate) => candidate <= now) ?? boundary(uid, interval, index - 2);
}

/** The first boundary after `now`. */
export function nextBoundary(uid: string, interval: number, now: number): number {
  const index = Math.floor((now - phaseOf(uid, interval)) / interval);
  const candidates = [index - 1, index, index + 1].map((slot) => boundary(uid, interval, slot));
  return candidates.find((candidate) => candidate > now) ?? boundary(uid, interval, index + 2);
}

/** Whether a boundary lies in `window`. */
export function hasBoundary(uid: string, interval: number, window: Window): boolean {
  return lastBoundary(uid, interval, window.to) > window.from;
}

function boundary(uid: string, interval: number, slot: number): number {
  const jitter = (fraction(`${uid}/${slot}`) - 0.5) * INTERVAL_JITTER * interval;
  return Math.round(phaseOf(uid, interval) + slot * interval + jitter);
}

function phaseOf(uid: string, interval: number): number {
  return fraction(uid) * interval;
}

/** A number in [0, 1) that depends on `text` only. */
function fraction(text: string): number {
  return Number.parseInt(sha256Hex(text).slice(0, 12), 16) / 0x1_0000_0000_0000;
}
