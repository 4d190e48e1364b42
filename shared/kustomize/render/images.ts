import { type SpecIndex, visitField } from './fields-at.ts';
import type { Meter } from './meter.ts';
import { isMap, type Node, type NodeMap, refuse, textOf, untagged } from './node.ts';
import { currentId, type Resource } from './resource.ts';

/** One entry of `images`. */
export interface ImageChange {
  readonly name: string;
  readonly newName?: string;
  readonly newTag?: string;
  readonly tagSuffix?: string;
  readonly digest?: string;
}

// kustomize makes a regular expression of the name: with these characters it means the same to us, and none can run long.
const NAME = /^[A-Za-z0-9_./:@-]+$/;

/** Renames and retags images wherever containers name them, one change after the other (api v0.21.1, filters/imagetag). */
export function setImages(
  resources: readonly Resource[],
  changes: readonly ImageChange[],
  specsOf: SpecIndex,
  meter: Meter,
): void {
  // A change goes through every `containers` first, and then through the fields of the table.
  const inContainers: Image[] = [];
  const inFields: Image[] = [];
  for (const resource of resources) {
    const id = currentId(resource);
    if (id.kind === 'CustomResourceDefinition') continue;
    const found = inContainers.length;
    collect(resource.object, inContainers);
    for (const spec of specsOf(id))
      visitField(resource, spec, ({ map, name }) => inFields.push({ map, name }));
    meter.look(1 + inContainers.length - found);
  }
  for (const change of changes) {
    if (!NAME.test(change.name)) refuse(`the image name ${JSON.stringify(change.name)}`);
    const pattern = new RegExp(`^${change.name}(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$`);
    meter.look(10 * (inContainers.length + inFields.length));
    for (const image of [...inContainers, ...inFields]) update(image, pattern, change);
  }
}

/** Where an image is written. */
interface Image {
  readonly map: NodeMap;
  readonly name: string;
}

function update({ map, name }: Image, pattern: RegExp, change: ImageChange): void {
  const old = textOf(map[name] as Node) ?? refuse('an image that is no text');
  if (pattern.test(old)) map[name] = untagged(changed(old, change));
}

/** Every list that is called `containers` or `initContainers`, wherever it is; the inner ones first. */
function collect(node: Node, images: Image[]): void {
  if (Array.isArray(node)) for (const item of node) collect(item, images);
  if (!isMap(node)) return;
  for (const key of Object.keys(node)) {
    const value = node[key];
    if (typeof value !== 'object' || value === null) continue;
    collect(value, images);
    if ((key !== 'containers' && key !== 'initContainers') || !Array.isArray(value)) continue;
    for (const container of value) {
      const map = isMap(container) ? container : refuse('a container that is no map');
      if (Object.hasOwn(map, 'image')) images.push({ map, name: 'image' });
    }
  }
}

function changed(image: string, { newName, newTag, tagSuffix, digest }: ImageChange): string {
  const old = splitImage(image);
  const name = newName || old.name;
  if (newTag || digest) return joined(name, newTag ?? '', digest ?? '');
  return tagSuffix ? joined(name, old.tag + tagSuffix, '') : joined(name, old.tag, old.digest);
}

function joined(name: string, tag: string, digest: string): string {
  return `${name}${tag === '' ? '' : `:${tag}`}${digest === '' ? '' : `@${digest}`}`;
}

/** `[[host[:port]/]component/]component[:tag][@digest]`; a colon before the first slash belongs to the host. */
function splitImage(image: string): { name: string; tag: string; digest: string } {
  const slash = Math.max(image.indexOf('/'), 0);
  const at = image.indexOf('@', slash);
  const colon = image.indexOf(':', slash);
  if (at !== -1 && (colon === -1 || at < colon)) {
    return { name: image.slice(0, at), tag: '', digest: image.slice(at + 1) };
  }
  if (colon === -1) return { name: image, tag: '', digest: '' };
  const end = at === -1 ? image.length : at;
  return {
    name: image.slice(0, colon),
    tag: image.slice(colon + 1, end),
    digest: at === -1 ? '' : image.slice(at + 1),
  };
}
