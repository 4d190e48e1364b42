import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { normal, openTwins, type Question, type Said, type Twins } from './twins.ts';

const run = randomBytes(3).toString('hex');
const MAPS = '/api/v1/namespaces/default/configmaps';
const MINE = `${MAPS}?labelSelector=run%3D${run}`;
const ONE = `${MAPS}/one-${run}`;
const as = (kind: string) => ({ headers: { accept: `application/json;as=${kind};v=v1;g=meta.k8s.io` } });

let twins: Twins;
beforeAll(async () => {
  twins = await openTwins();
  for (const name of ['one', 'two', 'three']) {
    const metadata = { name: `${name}-${run}`, labels: { run } };
    await twins.both('POST', MAPS, { body: { metadata, data: { a: 'ü<&>' } } });
  }
});
afterAll(async () => {
  await twins.real('DELETE', MINE);
  await twins.close();
});

async function compare(
  method: string,
  path: string,
  question: Question = {},
): Promise<readonly [Said, Said]> {
  const [real, ours] = await twins.both(method, path, question);
  const shown = ({ status, contentType, json, text }: Said) => ({
    status,
    contentType,
    body: json ? normal(json) : text,
  });
  expect(shown(ours)).toEqual(shown(real));
  return [real, ours];
}

describe('an object', () => {
  test('is created', () =>
    compare('POST', `${MAPS}?dryRun=All`, {
      body: { metadata: { name: 'x', labels: { b: 'c' } }, data: { a: '1' } },
    }));

  test('is read', () => compare('GET', ONE));

  test('is replaced', () =>
    compare('PUT', `${ONE}?dryRun=All&fieldManager=m`, {
      body: { metadata: { name: `one-${run}` }, data: { z: '1' } },
    }));

  test('is applied', () => {
    const metadata = { name: `one-${run}`, annotations: { a: 'b' } };
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata };
    const headers = { 'content-type': 'application/apply-patch+yaml' };
    return compare('PATCH', `${ONE}?dryRun=All&fieldManager=m`, { body, headers });
  });

  test('is shown as metadata', () => compare('GET', ONE, as('PartialObjectMetadata')));

  test('is deleted, or not', async () => {
    await compare('DELETE', `${MAPS}/three-${run}`);
    await compare('DELETE', `${MAPS}/three-${run}`);
  });

  test('is deleted while something holds it, with the dependents first', async () => {
    const metadata = { name: `held-${run}`, finalizers: ['example.com/held'] };
    await twins.both('POST', MAPS, { body: { metadata } });
    const [real] = await twins.both('DELETE', `${MAPS}/held-${run}`, { body: { orphanDependents: false } });
    const [, ours] = await twins.both('DELETE', `${MAPS}/held-${run}`, { body: { orphanDependents: false } });
    const free = {
      body: { metadata: { finalizers: null } },
      headers: { 'content-type': 'application/merge-patch+json' },
    };
    await twins.both('PATCH', `${MAPS}/held-${run}`, free);

    expect(real.status).toBe(202);
    expect(ours.status).toBe(202);
    expect(Object.keys(ours.json).sort()).toEqual(Object.keys(real.json).sort());
  });
});

describe('a list', () => {
  test('is told with its items', () => compare('GET', MINE));

  test('is told in parts', async () => {
    const [real, ours] = await compare('GET', `${MINE}&limit=1`);

    expect(typeof ours.json.metadata.continue).toBe(typeof real.json.metadata.continue);
  });

  test('is told as metadata', () => compare('GET', MINE, as('PartialObjectMetadataList')));

  test('is empty', () => compare('GET', `${MAPS}?labelSelector=nobody-${run}`));
});

describe('a watch', () => {
  const watch = `${MINE}&watch=true&timeoutSeconds=1`;
  const streamed = `${watch}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`;
  // A bookmark that ends no initial list comes when a server's own clock says so, or not at all.
  const isPeriodic = (line: string) => line.includes('"BOOKMARK"') && !line.includes('initial-events-end');
  const eventsOf = ({ text }: Said) =>
    text
      .split('\n')
      .filter((line) => line !== '' && !isPeriodic(line))
      .map((line) => normal(JSON.parse(line)));

  test.each<[string, string, Question]>([
    ['what is there', watch, {}],
    ['what is there, as metadata', watch, as('PartialObjectMetadata')],
    ['a streaming list', streamed, {}],
    ['an empty streaming list', streamed.replace(`%3D${run}`, `%3Dnobody-${run}`), {}],
    ['a streaming list of metadata', streamed, as('PartialObjectMetadata')],
    ['a version that is too old', `${watch}&resourceVersion=1`, {}],
  ])('%s', async (what, path, question) => {
    const [real, ours] = await twins.both('GET', path, question);

    expect([ours.status, ours.contentType]).toEqual([real.status, real.contentType]);
    // Etcd keeps what is old for five minutes; we do not know what we never had.
    if (!what.endsWith('old')) expect(eventsOf(ours)).toEqual(eventsOf(real));
  });

  test('a Table, with headers in the first event only', async () => {
    const [real, ours] = await twins.both('GET', streamed, as('Table'));
    const shapes = (said: Said) =>
      (eventsOf(said) as { type: string; object: Said['json'] }[]).map(({ type, object }) => ({
        type,
        members: Object.keys(object).sort(),
        columns: object.columnDefinitions?.length ?? null,
        rows: object.rows.map((row) => [Object.keys(row).sort(), row.object]),
      }));

    expect(shapes(ours)).toEqual(shapes(real));
  });
});
