import { messageOf } from '../../../shared/core/failures.ts';
import type { Objects } from './objects.ts';
import { packOf } from './pack-writer.ts';
import { BAND, band, FLUSH } from './packet-lines.ts';

/** The bytes of an answer, in order; a pack is written while it is sent. */
export type Answer = Iterable<Buffer> | AsyncIterable<Buffer>;

/** `head`, then a pack: on side bands of at most `bandBytes`, or bare when that is undefined. */
export async function* packAnswer(
  head: Buffer,
  objects: Objects,
  ids: ReadonlySet<string>,
  bandBytes: number | undefined,
): AsyncGenerator<Buffer> {
  yield head;
  if (bandBytes === undefined) {
    yield* packOf(objects, ids);
    return;
  }
  try {
    for await (const chunk of packOf(objects, ids)) yield* band(BAND.data, chunk, bandBytes);
  } catch (error) {
    // the answer has begun: only the side band can still say why it ends
    yield* band(BAND.fatal, Buffer.from(`${messageOf(error)}\n`), bandBytes);
  }
  yield FLUSH;
}
