import { openCluster } from '../../infra/local/cluster/open.ts';
import { type Api, type ApiAccess, connect, until } from './api.ts';

/** A request: method, path, body, content type; `AWAIT` waits until the path is there. `NS` is a namespace that only one scenario has. */
export type Step = readonly [method: string, path: string, body?: unknown, contentType?: string];

export const MERGE = 'application/merge-patch+json';
export const JSON_PATCH = 'application/json-patch+json';
export const STRATEGIC = 'application/strategic-merge-patch+json';
export const APPLY = 'application/apply-patch+yaml';

/** What one server said to a step, without what differs between any two servers. */
export interface Said {
  readonly step: string;
  readonly status: number;
  readonly body: unknown;
}

/** A real API server and an embedded cluster that are asked the same. */
export interface Both {
  /** What each said to each step, one after the other. */
  ask(namespace: string, steps: readonly Step[]): Promise<{ readonly theirs: Said[]; readonly ours: Said[] }>;
  close(): Promise<void>;
}

/** Opens an embedded cluster beside the real one. */
export async function both(real: ApiAccess): Promise<Both> {
  const { url, ca, token, close } = await openCluster();
  const theirs = connect(real);
  const ours = connect({ server: url, ca, token });
  return {
    async ask(namespace, steps) {
      const own = JSON.parse(JSON.stringify(steps).replaceAll('NS', namespace)) as readonly Step[];
      return { theirs: await askOne(theirs, own), ours: await askOne(ours, own) };
    },
    async close() {
      theirs.close();
      ours.close();
      await close();
    },
  };
}

async function askOne(api: Api, steps: readonly Step[]): Promise<Said[]> {
  const said: Said[] = [];
  for (const [method, path, body, contentType] of steps) {
    if (method === 'AWAIT') {
      await until(`${path} is there`, async () => (await api.send('GET', path)).status === 200 || undefined);
      continue;
    }
    const { status, body: answer } = await api.send(method, path, body ?? undefined, contentType);
    said.push({ step: `${method} ${path}`, status, body: comparable(answer) });
  }
  return said;
}

const UID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}\b/g;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g;
const REVISION = /(?<=resourceVersion\\*":\\*"|in record \(|current: )\d+/g;
const SUFFIX = /\b(g-|G_)[a-z0-9]{5}\b/g;

/** Uids, times, revisions and generated names are equal; what Go keeps in maps is sorted. */
function comparable(value: unknown, name = ''): unknown {
  if (typeof value === 'string') {
    if (name === 'resourceVersion') return '<revision>';
    if (name === 'continue') return '<token>';
    return value
      .replace(UID, '<uid>')
      .replace(TIME, '<time>')
      .replace(REVISION, '<revision>')
      .replace(SUFFIX, '$1<suffix>');
  }
  if (Array.isArray(value)) {
    const items = value.map((item) => comparable(item));
    return name === 'managedFields' || name === 'causes' ? items.sort(byText) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, comparable(member, key)]));
}

function byText(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
