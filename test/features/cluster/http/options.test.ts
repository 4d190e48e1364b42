import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ServedCluster, servedCluster } from './served.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';

let cluster: ServedCluster;
beforeAll(async () => {
  cluster = await servedCluster();
});
afterAll(() => cluster.close());

describe('deletions', () => {
  test.each([
    [
      '?propagationPolicy=Sideways',
      undefined,
      422,
      'supported values: "Foreground", "Background", "Orphan", "nil"',
    ],
    ['', { propagationPolicy: 'Sideways' }, 422, 'propagationPolicy: Unsupported value: "Sideways"'],
    ['?propagationPolicy=Orphan&orphanDependents=true', undefined, 422, 'cannot be both set'],
    ['?gracePeriodSeconds=x', undefined, 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['?dryRun=x', undefined, 422, 'dryRun: Unsupported value: ["x"]'],
    ['', { kind: 'Foo', apiVersion: 'v1' }, 400, 'no kind "Foo" is registered for version "v1"'],
    ['', { gracePeriodSeconds: 'x' }, 400, 'DeleteOptions.gracePeriodSeconds'],
    // What the body says is all that counts.
    ['?dryRun=x', {}, 404, 'configmaps "nope" not found'],
  ])('with %j and %j', async (query, body, code, message) => {
    const { json } = await cluster.ask('DELETE', `${MAPS}/nope${query}`, body ? { body } : {});

    expect(json.code).toBe(code);
    expect(json.message).toContain(message);
  });
});

describe('lists', () => {
  test.each([
    ['limit=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['limit=', 400, 'strconv.ParseInt: parsing "": invalid syntax'],
    [
      'resourceVersionMatch=Exact',
      422,
      'resourceVersionMatch is forbidden unless resourceVersion is provided',
    ],
    ['resourceVersionMatch=No&resourceVersion=1', 422, 'supported values: "Exact", "NotOlderThan", ""'],
    ['resourceVersionMatch=Exact&resourceVersion=0', 422, '"exact" is forbidden for resourceVersion "0"'],
    ['sendInitialEvents=true', 422, 'sendInitialEvents is forbidden for list'],
    ['watch=true&sendInitialEvents=true', 422, 'sendInitialEvents requires setting resourceVersionMatch'],
    ['watch=true&resourceVersionMatch=NotOlderThan', 422, 'is forbidden for watch unless sendInitialEvents'],
  ])('with %j', async (query, code, message) => {
    const { json } = await cluster.ask('GET', `${MAPS}?${query}`);

    expect(json.code).toBe(code);
    expect(json.message).toContain(message);
  });

  test('with a form that there is not', async () => {
    const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
    const { json } = await cluster.ask('GET', `${MAPS}?includeObject=Nope`, { headers });

    expect(json).toMatchObject({
      code: 400,
      message: `Unable to convert to Table as requested: includeObject: Invalid value: "Nope": must be 'Metadata', 'Object', 'None', or empty`,
    });
  });
});
