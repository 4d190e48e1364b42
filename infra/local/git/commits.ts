import { Fault } from '../../../shared/core/failures.ts';
import type { Objects } from './objects.ts';

/** What is needed of a commit. */
export interface CommitNode {
  readonly tree: string;
  readonly parents: readonly string[];
  /** The committer's time, seconds. */
  readonly time: number;
  readonly message: string;
}

/** Who makes commits and tags. */
export interface Author {
  readonly name: string;
  readonly email: string;
}

/** Reads a commit object; faults with `malformed`. */
export function parseCommit(data: Buffer): CommitNode {
  const { lines, message } = partsOf(data);
  const tree = headerOf(lines, 'tree');
  if (tree === undefined) throw new Fault('malformed', 'a commit of the repository is broken');
  const parents = lines.filter((line) => line.startsWith('parent ')).map((line) => line.slice(7));
  const time = Number(/ (\d+) [+-]\d{4}$/.exec(headerOf(lines, 'committer') ?? '')?.[1] ?? 0);
  return { tree, parents, time, message };
}

/** What an annotated tag names; faults with `malformed`. */
export function targetOf(tag: Buffer): string {
  const target = headerOf(partsOf(tag).lines, 'object');
  if (target === undefined) throw new Fault('malformed', 'a tag of the repository is broken');
  return target;
}

/** What `id` leads to behind any number of annotated tags, and these tags. Undefined when something is missing. */
export async function peel(
  objects: Objects,
  id: string,
): Promise<
  | { readonly id: string; readonly type: 'commit' | 'tree' | 'blob'; readonly tags: readonly string[] }
  | undefined
> {
  const tags: string[] = [];
  for (let at = id; ; ) {
    const object = await objects.find(at);
    if (object === undefined || tags.includes(at)) return undefined;
    if (object.type !== 'tag') return { id: at, type: object.type, tags };
    tags.push(at);
    at = targetOf(object.data);
  }
}

/** The bytes of a commit object; `at` is an ISO 8601 time, kept in whole seconds of UTC. */
export function commitBytes(
  tree: string,
  parents: readonly string[],
  message: string,
  at: string,
  author: Author,
): Buffer {
  const by = signature(author, at);
  const lines = [`tree ${tree}`, ...parents.map((id) => `parent ${id}`), `author ${by}`, `committer ${by}`];
  return Buffer.from(`${lines.join('\n')}\n\n${ended(message)}`);
}

/** The bytes of an annotated tag. */
export function tagBytes(
  name: string,
  target: { readonly id: string; readonly type: string },
  message: string,
  at: string,
  tagger: Author,
): Buffer {
  const lines = [
    `object ${target.id}`,
    `type ${target.type}`,
    `tag ${name}`,
    `tagger ${signature(tagger, at)}`,
  ];
  return Buffer.from(`${lines.join('\n')}\n\n${ended(message)}`);
}

function signature({ name, email }: Author, at: string): string {
  const seconds = Math.floor(Date.parse(at) / 1000);
  if (Number.isNaN(seconds)) throw new Fault('invalid', `'${at}' is not a time`, { at });
  if (/[<>\n\0]/.test(name + email) || name === '')
    throw new Fault('invalid', 'an author has a name and no brackets', { name, email });
  return `${name} <${email}> ${seconds} +0000`;
}

function ended(message: string): string {
  return message.endsWith('\n') ? message : `${message}\n`;
}

function partsOf(data: Buffer): { readonly lines: readonly string[]; readonly message: string } {
  const text = data.toString();
  const end = text.indexOf('\n\n');
  const head = end === -1 ? text : text.slice(0, end);
  return { lines: head.split('\n'), message: end === -1 ? '' : text.slice(end + 2) };
}

function headerOf(lines: readonly string[], name: string): string | undefined {
  return lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);
}
