import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AGGREGATED } from '../../../infra/local/cluster/http/aggregated-discovery.ts';
import { builtInResources } from '../../../infra/local/cluster/schema/built-in-resources.ts';
import { connect } from '../api.ts';
import { applyCrds } from '../crds.ts';
import { openTwins, type Twins } from './twins.ts';

type Named = { readonly name?: string; readonly resource?: string };
interface Entry extends Named {
  readonly subresources?: readonly { readonly subresource: string }[];
  readonly verbs: readonly string[];
}

let twins: Twins;
beforeAll(async () => {
  twins = await openTwins();
  const api = connect(twins.access);
  await applyCrds(api, join(import.meta.dirname, '../../../infra/crds'));
  api.close();
});
afterAll(() => twins.close());

const groupVersions = [
  ...new Set(builtInResources().map(({ group, version }) => [group, version].join('/'))),
];
const custom = ['source.toolkit.fluxcd.io/v1', 'kustomize.toolkit.fluxcd.io/v1'];

describe.each([...groupVersions, ...custom])('%s', (groupVersion) => {
  const [group = '', version = ''] = groupVersion.split('/');

  test('tells what a real server tells, of each resource that is served', async () => {
    const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    const [real, ours] = await twins.both('GET', path);
    const known = new Map(real.json.resources.map((one: Named) => [one.name, one]));

    expect(ours.json).toEqual({ ...real.json, resources: ours.json.resources });
    for (const resource of ours.json.resources) {
      const { storageVersionHash: _, ...expected } = known.get(resource.name) as Record<string, unknown>;
      expect(sorted(resource)).toEqual(sorted(expected as unknown as Entry));
    }
  });

  test('tells the same in the one document', async () => {
    const [real, ours] = await twins.both('GET', group === '' ? '/api' : '/apis', {
      headers: { accept: AGGREGATED },
    });
    const known = new Map(resourcesOf(real.text, group, version).map((one) => [one.resource, one]));
    const told = resourcesOf(ours.text, group, version);

    expect(ours.contentType).toBe(real.contentType);
    expect(told.length).toBeGreaterThan(0);
    for (const resource of told) {
      const { subresources = [], ...expected } = known.get(resource.resource) as Entry;
      const kept = subresources.filter(({ subresource }) =>
        resource.subresources?.some((one) => one.subresource === subresource),
      );
      expect(sorted(resource)).toEqual(
        sorted({ ...expected, ...(kept.length > 0 && { subresources: kept }) }),
      );
    }
  });
});

test('groups come in the order of a real server, with the same versions preferred', async () => {
  const [real, ours] = await twins.both('GET', '/apis');
  const isOurs = ({ name = '' }: Named) => ours.json.groups.some((group: Named) => group.name === name);

  expect(ours.json.groups.filter(({ name }: { name: string }) => !name.includes('fluxcd'))).toEqual(
    real.json.groups.filter((group: Named) => isOurs(group) && !group.name?.includes('fluxcd')),
  );
});

test('what is not served is what has no effect here', async () => {
  const [real, ours] = await twins.both('GET', '/apis');
  const names = (groups: readonly Named[]) => groups.map(({ name }) => name);

  expect(
    names(real.json.groups)
      .filter((name) => !names(ours.json.groups).includes(name))
      // Other tests declare kinds of their own on the same server.
      .filter((name) => name?.endsWith('.k8s.io'))
      .sort(),
  ).toEqual([
    'admissionregistration.k8s.io',
    'apiregistration.k8s.io',
    'certificates.k8s.io',
    'flowcontrol.apiserver.k8s.io',
    'resource.k8s.io',
  ]);
});

test('the version has the members of a real one', async () => {
  const [real, ours] = await twins.both('GET', '/version');

  expect(Object.keys(ours.json)).toEqual(Object.keys(real.json));
  expect(ours.json).toMatchObject({ major: real.json.major, minor: real.json.minor });
  expect(ours.json.gitVersion).toBe(`${real.json.gitVersion}+sluice-embedded`);
});

function resourcesOf(text: string, group: string, version: string): readonly Entry[] {
  const { items } = JSON.parse(text);
  const found = items.find(({ metadata }: { metadata: Named }) => (metadata.name ?? '') === group);
  return found.versions.find((one: { version: string }) => one.version === version)?.resources ?? [];
}

// A real server tells the verbs of custom kinds in an order of their own.
function sorted(entry: Entry): Entry {
  return { ...entry, verbs: [...entry.verbs].sort() };
}
