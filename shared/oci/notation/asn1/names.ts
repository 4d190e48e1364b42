import { contextTag, type Der, readAll, readOne, TAG, within } from './der.ts';

/** The tag of a URI among general names (RFC 5280). */
export const URI = 0x86;

/** The URLs in a list of distribution points. Throws an Error. */
export function listUrlsIn(points: Buffer | undefined): readonly string[] {
  if (points === undefined) return [];
  return within(readOne(points, TAG.sequence)).flatMap((point) => urlsOfPoint(within(point)[0]));
}

/** The URLs in the name of a distribution point; none when it is named otherwise. Throws an Error. */
export function urlsOfPoint(name: Der | undefined): readonly string[] {
  if (name?.tag !== contextTag(0)) return [];
  const [full] = readAll(name.value);
  if (full?.tag !== contextTag(0)) return [];
  return readAll(full.value).flatMap(({ tag, value }) => (tag === URI ? [value.toString('latin1')] : []));
}
