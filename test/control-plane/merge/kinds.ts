import { builtInType } from '../../../infra/local/cluster/schema/built-in.ts';
import type { Schema } from '../../../infra/local/cluster/schema/schema.ts';
import type { Chance } from './chance.ts';

/** A kind that is written at random. */
export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly group: string;
  readonly schema: Schema;
  readonly custom: boolean;
  readonly hasStatus: boolean;
  /** A valid object's members beside metadata. */
  whole(chance: Chance): Record<string, unknown>;
  /** Some members, as somebody applies or patches who does not know the rest. */
  part(chance: Chance): Record<string, unknown>;
  status(chance: Chance): Record<string, unknown>;
  /** Other versions. */
  readonly versions?: Readonly<Record<string, Schema>>;
}

/** What numbers are made of. */
export const NUMBERS = [1, 2, 3];
/** What texts are made of. */
export const WORDS = ['one', 'two', 'three'];

/** A value for each of some names. */
export function mapOf(chance: Chance, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(chance.some(names).map((name) => [name, chance.pick(WORDS)]));
}

/** Some of these members. */
export function partOf(
  chance: Chance,
  makers: Readonly<Record<string, () => unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(chance.some(Object.entries(makers)).map(([name, make]) => [name, make()]));
}

/** Maps of text, which the server gives no defaults. */
export const configMaps: Kind = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  group: '',
  schema: builtInType('core.v1.ConfigMap'),
  custom: false,
  hasStatus: false,
  whole: (chance) => ({ data: mapOf(chance, ['a', 'b', 'c', 'd']) }),
  part: (chance) => (chance.once(5) ? {} : { data: mapOf(chance, ['a', 'b', 'c', 'd', 'e']) }),
  status: () => ({}),
};

function port(chance: Chance, number: number): Record<string, unknown> {
  const protocol = chance.pick([undefined, undefined, 'TCP', 'UDP']);
  const name = `p${number}${protocol === 'UDP' ? 'u' : ''}`;
  return { port: number, name, ...(protocol && { protocol }), targetPort: chance.pick([80, 'http']) };
}

/** A list by two keys, one with a default. */
export const services: Kind = {
  apiVersion: 'v1',
  kind: 'Service',
  plural: 'services',
  group: '',
  schema: builtInType('core.v1.Service'),
  custom: false,
  hasStatus: true,
  whole: (chance) => ({
    spec: {
      selector: { app: 'x' },
      ports: [80, 443].map((number) => port(chance, number)),
    },
  }),
  part: (chance) => ({
    spec: partOf(chance, {
      selector: () => mapOf(chance, ['app', 'tier']),
      ports: () => chance.some([80, 443, 8080], true).map((number) => port(chance, number)),
      sessionAffinity: () => chance.pick(['None', 'ClientIP']),
      publishNotReadyAddresses: () => chance.once(2),
    }),
  }),
  status: (chance) => ({
    conditions: chance.some(['Ready', 'Synced']).map((type) => ({
      ...{ type, status: 'True', reason: chance.pick(['One', 'Two']), message: 'm' },
      lastTransitionTime: '2026-01-01T00:00:00Z',
    })),
  }),
};

function container(chance: Chance, name: string): Record<string, unknown> {
  return {
    name,
    image: chance.pick(['a:1', 'a:2', 'b:1']),
    ...partOf(chance, {
      args: () => chance.some(['x', 'y']),
      // Now and then one twice: the API server takes that of updates.
      env: () =>
        [...chance.some(['A', 'B', 'C'], true), ...(chance.once(8) ? ['A'] : [])].map((key) => ({
          name: key,
          value: chance.pick(WORDS),
        })),
      ports: () =>
        chance
          .some([80, 81])
          .map((containerPort) => ({ containerPort, ...(chance.once(2) && { protocol: 'TCP' }) })),
      resources: () => ({ limits: mapOf2(chance) }),
      securityContext: () => chance.pick([{}, { runAsUser: 5 }]),
    }),
  };
}

function mapOf2(chance: Chance): Record<string, string> {
  return Object.fromEntries(
    chance.some(['cpu', 'memory']).map((name) => [name, String(chance.pick(NUMBERS))]),
  );
}

/** Deep structs, with many defaults. */
export const deployments: Kind = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  plural: 'deployments',
  group: 'apps',
  schema: builtInType('apps.v1.Deployment'),
  custom: false,
  hasStatus: true,
  whole: (chance) => ({
    spec: {
      selector: { matchLabels: { app: 'x' } },
      template: {
        metadata: { labels: { app: 'x' } },
        spec: { containers: [container(chance, 'main')] },
      },
    },
  }),
  part: (chance) => ({
    spec: partOf(chance, {
      replicas: () => chance.pick(NUMBERS),
      minReadySeconds: () => chance.pick(NUMBERS),
      paused: () => chance.once(2),
      strategy: () =>
        chance.pick([
          { type: 'Recreate' },
          { type: 'RollingUpdate', rollingUpdate: { maxSurge: chance.pick(NUMBERS) } },
        ]),
      template: () => ({
        ...(chance.once(3) && { metadata: { labels: { app: 'x', ...mapOf(chance, ['tier']) } } }),
        spec: partOf(chance, {
          containers: () => chance.some(['main', 'side', 'log'], true).map((name) => container(chance, name)),
          nodeSelector: () => mapOf(chance, ['n', 'm']),
          tolerations: () => chance.some(['t', 'u']).map((key) => ({ key, operator: 'Exists' })),
          terminationGracePeriodSeconds: () => chance.pick(NUMBERS),
          volumes: () => chance.some(['v', 'w']).map((name) => ({ name, emptyDir: {} })),
          securityContext: () => chance.pick([{}, { runAsUser: chance.pick(NUMBERS) }]),
          hostAliases: () =>
            chance.some(['1.1.1.1', '2.2.2.2'], true).map((ip) => ({ ip, hostnames: ['h'] })),
        }),
      }),
    }),
  }),
  status: (chance) => ({
    replicas: chance.pick(NUMBERS),
    updatedReplicas: 0,
    conditions: chance.some(['Available', 'Progressing']).map((type) => ({
      ...{ type, status: 'True', reason: chance.pick(WORDS), message: 'm' },
      lastTransitionTime: '2026-01-01T00:00:00Z',
      lastUpdateTime: '2026-01-01T00:00:00Z',
    })),
  }),
};
