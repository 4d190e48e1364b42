import type { KubernetesObject } from '../../../shared/core/kubernetes-object.ts';
import type { Chance } from './chance.ts';
import { type Kind, mapOf } from './kinds.ts';

/** One write, as it is sent. */
export interface Write {
  readonly how: 'create' | 'update' | 'merge' | 'json' | 'strategic' | 'apply';
  readonly manager: string;
  readonly subresource?: 'status';
  readonly force: boolean;
  readonly body: unknown;
  /** Of the request: another version than the kind's first. */
  readonly apiVersion: string;
}

const MANAGERS = ['ann', 'bob', 'kubectl'];

/** A first write: a create, or an apply that creates. */
export function firstWrite(kind: Kind, name: string, chance: Chance): Write {
  const { apiVersion } = kind;
  const body = {
    ...{ apiVersion, kind: kind.kind },
    metadata: metadataOf(name, chance),
    ...kind.whole(chance),
  };
  const how = chance.pick(['create', 'apply'] as const);
  return { how, manager: chance.pick(MANAGERS), force: false, body, apiVersion };
}

/** A write over `live`. */
export function nextWrite(
  kind: Kind,
  live: KubernetesObject,
  earlier: readonly KubernetesObject[],
  chance: Chance,
): Write {
  const subresource = kind.hasStatus && chance.once(5) ? ('status' as const) : undefined;
  const versions = [kind.apiVersion, kind.apiVersion, kind.apiVersion, ...Object.keys(kind.versions ?? {})];
  const apiVersion = chance.pick(versions);
  const hows = [
    'update',
    'merge',
    'json',
    'apply',
    'apply',
    'apply',
    ...(kind.custom ? [] : ['strategic' as const]),
  ] as const;
  const how = chance.pick(hows);
  const part = subresource ? { status: kind.status(chance) } : kind.part(chance);
  const write = {
    ...{ how, force: chance.once(3), apiVersion, manager: managerOf(how, chance) },
    ...(subresource && { subresource }),
  };
  return { ...write, body: bodyOf(write, kind, { ...live, apiVersion }, part, earlier, chance) };
}

function managerOf(how: Write['how'], chance: Chance): string {
  // Enough different ones for old updates to be merged.
  return how !== 'apply' && chance.once(2) ? `many-${chance.below(12)}` : chance.pick(MANAGERS);
}

function bodyOf(
  { how, apiVersion }: Pick<Write, 'how' | 'apiVersion'>,
  kind: Kind,
  live: KubernetesObject,
  part: Record<string, unknown>,
  earlier: readonly KubernetesObject[],
  chance: Chance,
): unknown {
  const { name } = live.metadata;
  switch (how) {
    case 'apply': {
      const applied = { apiVersion, kind: kind.kind, metadata: metadataOf(name, chance), ...part };
      return chance.once(10) ? spoilt(applied, kind, chance) : applied;
    }
    case 'update':
      return updated(live, part, earlier, chance);
    case 'json':
      return operations(live, part, chance);
    default:
      return {
        ...(how === 'strategic' ? directives(part, live, chance) : part),
        ...(chance.once(3) && { metadata: { labels: { ...mapOf(chance, ['l', 'm']), k: null } } }),
        ...(chance.once(5) && { metadata: clientSide(kind, live, part) }),
      };
  }
}

/** What kubectl's client-side apply leaves. */
function clientSide(
  { apiVersion, kind }: Kind,
  live: KubernetesObject,
  part: Record<string, unknown>,
): object {
  const applied = { apiVersion, kind, metadata: { name: live.metadata.name }, ...part };
  return {
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `${JSON.stringify(applied)}\n` },
  };
}

/** What cannot be applied, or hardly; one mistake each, as several are told in no order. */
function spoilt(applied: Record<string, unknown>, { kind }: Kind, chance: Chance): Record<string, unknown> {
  const metadata = (members: object) => ({
    ...applied,
    metadata: { ...(applied.metadata as object), ...members },
  });
  const spec = (members: object) => ({ ...applied, spec: members });
  const list = (items: unknown[]) => spec(kind === 'Widget' ? { pairs: items } : { ports: items });
  return chance.pick<Record<string, unknown>>([
    { ...applied, undeclared: 1 },
    { ...applied, apiVersion: 'wrong/v1' },
    { ...applied, spec: null },
    metadata({ managedFields: [] }),
    metadata({ labels: 'text' }),
    metadata({ labels: { l: 5 } }),
    metadata({ labels: null }),
    metadata({ finalizers: ['a.b/c', 'a.b/c'] }),
    spec({ undeclared: { deep: 1 } }),
    spec({ replicas: 'x' }),
    spec({ count: 'x' }),
    spec({ paused: 'x' }),
    spec({ template: { spec: { containers: {} } } }),
    spec({ numbers: [null] }),
    spec({ numbers: [['x']] }),
    spec({ numbers: [1, 1] }),
    spec({ nested: [] }),
    spec({ either: { a: 1 } }),
    spec({ text: { b: [1.5, 'x', null, true] } }),
    spec({ plain: [1] }),
    list(kind === 'Widget' ? [{ name: 'p' }, { name: 'p' }] : [{ port: 80 }, { port: 80 }]),
    list([{ value: 3 }]),
    list([null]),
    list(['text']),
  ]);
}

function metadataOf(name: string, chance: Chance): Record<string, unknown> {
  return {
    name,
    ...(chance.once(2) && { labels: mapOf(chance, ['l', 'm']) }),
    ...(chance.once(4) && { annotations: mapOf(chance, ['n.x/y', 'o']) }),
  };
}

/** All of `live` with some members as `part` has them, some gone; managedFields as clients send them, or fiddle with them. */
function updated(
  live: KubernetesObject,
  part: Record<string, unknown>,
  earlier: readonly KubernetesObject[],
  chance: Chance,
): unknown {
  const { metadata } = live;
  const old = chance.pick(earlier).metadata.managedFields;
  const sent = chance.pick<unknown>(['same', 'same', 'same', 'same', 'same', undefined, null, [], [{}], old]);
  const managedFields = sent === 'same' ? metadata.managedFields : sent;
  return {
    ...overlaid(live, part, chance),
    metadata: { ...metadata, ...(chance.once(3) && { labels: mapOf(chance, ['l', 'm']) }), managedFields },
  };
}

function overlaid(live: object, part: Record<string, unknown>, chance: Chance): Record<string, unknown> {
  const result: Record<string, unknown> = { ...live };
  for (const [name, value] of Object.entries(part)) {
    const was = result[name];
    const deeper =
      isObject(was) && isObject(value) && (name === 'spec' || name === 'template' || chance.once(2));
    result[name] = deeper ? overlaid(was, value, chance) : value;
  }
  if (!('apiVersion' in live)) {
    for (const name of Object.keys(result)) if (!(name in part) && chance.once(8)) delete result[name];
  }
  return result;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function operations(live: KubernetesObject, part: Record<string, unknown>, chance: Chance): unknown {
  const found: object[] = [];
  for (const [name, value] of Object.entries(part)) {
    if (live[name] === undefined || !isObject(value)) found.push({ op: 'add', path: `/${name}`, value });
    else {
      for (const [key, member] of Object.entries(value)) {
        const path = `/${name}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
        const known = (live[name] as Record<string, unknown>)[key] !== undefined;
        found.push(
          known && chance.once(3)
            ? { op: 'remove', path }
            : { op: chance.pick(['add', 'replace']), path, value: member },
        );
      }
    }
  }
  const wrong = { op: 'test', path: '/metadata/name', value: 'another' };
  const copy = { op: 'copy', from: '/metadata/name', path: '/metadata/annotations/copied' };
  return [...(chance.once(10) ? [wrong] : []), ...found, ...(chance.once(6) ? [copy] : [])];
}

/** The part with some of strategic merge's directives in it. */
function directives(part: Record<string, unknown>, live: object, chance: Chance): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(part)) {
    const was = (live as Record<string, unknown>)[name];
    if (isObject(value)) {
      const deeper = directives(value, isObject(was) ? was : {}, chance);
      const once = Object.keys(deeper).length > 0 && chance.once(12);
      result[name] = once
        ? { ...deeper, ...chance.pick<object>([{ $patch: 'replace' }, { $retainKeys: Object.keys(deeper) }]) }
        : deeper;
      continue;
    }
    if (Array.isArray(value)) Object.assign(result, listDirectives(name, value, was, chance));
    else result[name] = chance.once(6) ? null : value;
  }
  return result;
}

const KEYS: Readonly<Record<string, string>> = {
  ...{ containers: 'name', env: 'name', volumes: 'name', hostAliases: 'ip', conditions: 'type' },
};

function listDirectives(
  name: string,
  list: unknown[],
  live: unknown,
  chance: Chance,
): Record<string, unknown> {
  const key = KEYS[name];
  const lives = Array.isArray(live) ? (live as Record<string, unknown>[]) : [];
  if (key === undefined || lives.length === 0) return { [name]: list };
  const items = list as Record<string, unknown>[];
  const gone = lives.filter(() => chance.once(4)).map((item) => ({ [key]: item[key], $patch: 'delete' }));
  const kept = items.filter((item) => !gone.some((other) => other[key] === item[key]));
  if (gone.length > 0 && chance.once(2)) return { [name]: [...kept, ...gone] };
  if (chance.once(6)) return { [name]: [...items, { $patch: 'replace' }] };
  if (items.length > 0 && chance.once(3)) {
    const others = lives.filter((item) => !items.some((other) => other[key] === item[key]));
    const order = [...items, ...chance.some(others)].map((item) => ({ [key]: item[key] }));
    return { [name]: items, [`$setElementOrder/${name}`]: order };
  }
  return { [name]: items };
}
