/** How the messages of one repository's `git-upload-pack` are carried, for one identity. */
export interface Transport {
  /** What the server says first; `moved` is the base it redirected to. */
  advertise(): Promise<{ readonly body: Buffer; readonly moved: string }>;
  /** The answer's body, or undefined when the server does not take this request at this address. */
  ask(base: string, body: string, version: 0 | 2, expected: Expected): Promise<Buffer | undefined>;
}

/** What is to come, hence how much of it. */
export type Expected = 'refs' | { readonly packBytes: number };

// Bytes of an advertisement or a list of refs: about 600,000 refs.
const MAX_REFS_BYTES = 64 * 1024 * 1024;
// Sidebands add 5 bytes to 65,515, more where a server sends small packets.
const BAND_OVERHEAD = 1.1;
const ANSWER_SLACK = 1024 * 1024;

/** The most bytes that an answer may have. */
export function mostBytes(expected: Expected): number {
  return expected === 'refs' ? MAX_REFS_BYTES : Math.ceil(expected.packBytes * BAND_OVERHEAD) + ANSWER_SLACK;
}
