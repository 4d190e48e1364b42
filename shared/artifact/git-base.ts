import { inflateTar, tarEntries } from '../core/tar/tar-entries.ts';
import type { TarMember } from '../core/tar/tar-header.ts';
import { type TarGz, writeTarGz } from '../core/tar/write-tar-gz.ts';
import type { ArtifactLimits } from './limits.ts';
import { type BinaryId, type GitObject, type GitObjects, type GitObjectType, objectId } from './pack.ts';

const TYPES: readonly GitObjectType[] = ['commit', 'tree', 'blob', 'tag'];

/**
 * What of a commit its artifact does not tell: with both at hand only what is new has to be fetched for the next one.
 * An archive of objects in folders by their type, as nobody knows them by name. Fault `too-large`.
 */
export function writeFrame(frame: readonly GitObject[], { packBytes }: ArtifactLimits): Promise<TarGz> {
  const members = frame.map(
    ({ type, data }, index): TarMember => ({ path: `${type}/${index}`, kind: 'file', data }),
  );
  return writeTarGz(members, packBytes);
}

/**
 * The objects of a frame and of the artifact beside it, each by the id that its bytes have: what was altered is
 * another object, and nobody asks for it. Faults: `malformed`, `too-large`.
 */
export function readBase(frame: Uint8Array, artifact: Uint8Array, limits: ArtifactLimits): GitObjects {
  const objects = new Map<BinaryId, GitObject>();
  // A frame has a directory for each that is counted, and a few more objects.
  const roomy = { ...limits, entries: 2 * limits.entries };
  for (const { kind, path, body } of tarEntries(inflateTar(frame, limits.inflatedBytes), roomy)) {
    const type = TYPES.find((one) => path.startsWith(`${one}/`));
    if (kind === 'file' && type) add(objects, { type, data: body });
  }
  for (const { kind, body } of tarEntries(inflateTar(artifact, limits.inflatedBytes), limits))
    if (kind === 'file') add(objects, { type: 'blob', data: body });
  return objects;
}

function add(objects: Map<BinaryId, GitObject>, object: GitObject): void {
  objects.set(objectId(object), object);
}
