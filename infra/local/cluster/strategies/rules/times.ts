/** A time as the API server writes it: in UTC, to the second. */
export function secondsOf(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

/** A time as the API server writes a MicroTime. */
export function microsecondsOf(time: Date): string {
  return `${time.toISOString().slice(0, 23)}000Z`;
}
