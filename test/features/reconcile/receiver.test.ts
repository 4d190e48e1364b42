import { describe, expect, test } from 'vitest';
import type { Receiver, ReceiverSpec, ReceiverStatus } from '../../../shared/api/receiver.ts';
import type { HookEntry } from '../../../shared/receive/hook-entry.ts';
import { webhookPath } from '../../../shared/receive/webhook-path.ts';
import { conclude } from '../../../shared/reconcile/receiver/conclude.ts';
import { decide, type Plan, refusal, type Seen } from '../../../shared/reconcile/receiver/decide.ts';
import { condition, NOW } from '../../builders.ts';

const TOKEN = Buffer.from('token');
const PATH = webhookPath(TOKEN, 'hook', 'apps');
const OLD = webhookPath(Buffer.from('old'), 'hook', 'apps');
const OLDER = webhookPath(Buffer.from('older'), 'hook', 'apps');
const digest = (path: string): string => path.slice('/hook/'.length);

function receiver(spec: Partial<ReceiverSpec> = {}, status: Partial<ReceiverStatus> = {}): Receiver {
  return {
    apiVersion: 'notification.toolkit.fluxcd.io/v1',
    kind: 'Receiver',
    metadata: { name: 'hook', namespace: 'apps', generation: 2 },
    spec: {
      type: 'github',
      secretRef: { name: 'token' },
      resources: [{ kind: 'GitRepository', name: 'web' }],
      interval: '10m',
      ...spec,
    },
    status: { observedGeneration: 1, ...status },
  };
}

function seen(overrides: Partial<Seen> = {}): Seen {
  return { now: NOW, cluster: 'c1', token: { bytes: TOKEN }, indexed: undefined, ...overrides };
}

const indexed = (previous?: string): HookEntry => ({
  owner: { cluster: 'c1', namespace: 'apps', name: 'hook' },
  type: 'github',
  token: '',
  events: [],
  resources: [],
  ...(previous && { previous: digest(previous) }),
});

const without = <T extends object>(object: T, key: keyof T): T => {
  const { [key]: _gone, ...rest } = object;
  return rest as T;
};

describe('what the index has to hold of a Receiver', () => {
  test('[RC-05 path] is its type, its token, its events and what it wakes, at the path of its token', () => {
    const plan = decide(receiver({ events: ['push'] }), seen());

    expect(plan).toEqual({
      do: 'serve',
      path: PATH,
      entry: {
        owner: { cluster: 'c1', namespace: 'apps', name: 'hook' },
        type: 'github',
        token: TOKEN.toString('base64'),
        events: ['push'],
        resources: [{ kind: 'GitRepository', name: 'web' }],
      },
      stale: [],
    });
  });

  test('after the token changed is the old path too, until the next run', () => {
    const changed = decide(receiver({}, { webhookPath: OLD }), seen({ indexed: indexed() }));
    expect(changed).toMatchObject({ path: PATH, entry: { previous: digest(OLD) }, stale: [] });

    const next = decide(receiver({}, { webhookPath: PATH }), seen({ indexed: indexed(OLD) }));
    expect(next).toMatchObject({ path: PATH, stale: [digest(OLD)] });
    expect((next as Plan & { do: 'serve' }).entry).not.toHaveProperty('previous');
  });

  test('after two changes in a row is the last old path only, also when the first comes back', () => {
    const status = { webhookPath: OLD };

    expect(decide(receiver({}, status), seen({ indexed: indexed(OLDER) }))).toMatchObject({
      entry: { previous: digest(OLD) },
      stale: [digest(OLDER)],
    });
    expect(decide(receiver({}, status), seen({ indexed: indexed(PATH) }))).toMatchObject({
      path: PATH,
      entry: { previous: digest(OLD) },
      stale: [],
    });
  });

  test('[RC-07 dead] without a token is nothing at any path', () => {
    const missing = seen({ token: { missing: 'no token' }, indexed: indexed(OLDER) });

    expect(decide(receiver({}, { webhookPath: OLD }), missing)).toEqual({
      do: 'fail',
      message: 'no token',
      stale: [digest(OLD), digest(OLDER)],
    });
  });
});

describe('a Receiver that cannot be served', () => {
  const oidcProviders = [
    { issuerURL: 'https://issuer', validations: [{ expression: 'true', message: 'no' }] },
  ];

  test.each<readonly [string, ReceiverSpec]>([
    ['no secretRef', without(receiver().spec, 'secretRef')],
    ['oidcProviders without the type', receiver({ oidcProviders }).spec],
    ['the type without oidcProviders', without(receiver({ type: 'generic-oidc' }).spec, 'secretRef')],
    ['a secretRef with the type', receiver({ type: 'generic-oidc', oidcProviders }).spec],
  ])('[RC-04 repeated] [RC-08 breach] for %s is told so for good', (_what, spec) => {
    expect(refusal(spec)).toEqual({
      reason: 'ValidationFailed',
      message: expect.stringMatching(/^Reconciliation failed terminally due to configuration error: ./),
    });
  });

  test.each([
    ['bitbucket', '[RC-28 type]'],
    ['dockerhub', '[RC-30 type]'],
    ['quay', '[RC-31 type]'],
    ['gcr', '[RC-32 type] [RC-33 type]'],
    ['nexus', '[RC-34 type]'],
    ['acr', '[RC-35 type]'],
    ['cdevents', '[RC-36 type]'],
  ] as const)(
    '[RC-01 others] of type %s is refused by name %s',
    (type: ReceiverSpec['type'], _rows: string) => {
      expect(refusal(receiver({ type }).spec)).toEqual({
        reason: 'NotSupported',
        message: `spec.type ${type} is not supported by this version of Sluice`,
      });
    },
  );

  test('[RC-24 type] [RC-25 type] of type generic-oidc is refused by name', () => {
    const spec = without(receiver({ type: 'generic-oidc', oidcProviders }).spec, 'secretRef');

    expect(refusal(spec)?.message).toBe('spec.type generic-oidc is not supported by this version of Sluice');
  });

  test('[RC-18 resource-filter] [RC-20 request] with a filter in CEL is refused by its field, never heard without it', () => {
    expect(refusal(receiver({ resourceFilter: 'true' }).spec)).toMatchObject({
      reason: 'NotSupported',
      message: expect.stringContaining('spec.resourceFilter is not supported'),
    });
    expect(refusal(receiver({ resourceFilter: '' }).spec)).toBeUndefined();
  });

  test('[RC-03 filter] [RC-19 stacked] [RC-08 cel] with a filter of one resource is refused by its field', () => {
    const plain = { kind: 'GitRepository', name: 'a' } as const;

    expect(refusal(receiver({ resources: [plain, { ...plain, filter: 'oops(' }] }).spec)?.message).toContain(
      'spec.resources[1].filter is not supported',
    );
  });

  test('for more than a message can carry is told the sizes', () => {
    const resources = Array.from({ length: 2000 }, (_, index) => ({
      kind: 'GitRepository' as const,
      name: `repository-${index}`,
    }));

    expect(refusal(receiver({ resources }).spec)).toMatchObject({
      reason: 'InvalidSpec',
      message: expect.stringContaining('65536 at most'),
    });
    expect(refusal(receiver({ resources: resources.slice(0, 1000) }).spec)).toBeUndefined();
  });
});

describe('the status of a Receiver', () => {
  const told = (object: Receiver, plan: Plan, hops = 0) => conclude(object, plan, seen(), hops);
  const shown = ({ conditions = [] }: ReceiverStatus): readonly string[] =>
    conditions.map(({ type, status, reason, message }) => `${type} ${status} ${reason}: ${message}`);
  const serve = decide(receiver(), seen());

  test('[RC-06 message] that is served tells its path and, once, when it is looked at again', () => {
    const before = receiver(
      {},
      { conditions: [condition('Stalled', 'True'), condition('Reconciling', 'True')] },
    );

    const { status, events, next } = told(before, serve);

    expect(shown(status)).toEqual([`Ready True Succeeded: Receiver initialized for path: ${PATH}`]);
    expect(status).toMatchObject({ webhookPath: PATH, observedGeneration: 2 });
    expect(events).toEqual([
      { type: 'Normal', reason: 'Succeeded', message: 'Reconciliation finished, next run in 10m0s' },
    ]);
    expect(next).toEqual({ after: 'interval' });
    expect(told(receiver({}, status), serve)).toEqual({ status, events: [], next });
  });

  test('[RC-07 missing] without its token is not ready, has no path, and is tried again', () => {
    const before = receiver({}, { webhookPath: OLD, conditions: [condition('Ready', 'True')] });

    const { status, events, next } = told(before, { do: 'fail', message: 'no token', stale: [] }, 3);

    expect(shown(status)).toEqual([
      'Reconciling True ProgressingWithRetry: Reconciliation in progress',
      'Ready False TokenNotFound: no token',
    ]);
    expect(status).not.toHaveProperty('webhookPath');
    expect(status.observedGeneration).toBe(1);
    expect(events).toEqual([{ type: 'Warning', reason: 'Failed', message: 'no token' }]);
    expect(next).toEqual({ after: 'delay', milliseconds: 6000, reason: 'retry' });
    expect(told(receiver({}, status), { do: 'fail', message: 'no token', stale: [] }).events).toEqual([]);
  });

  test('[RC-08 terminal] that only the user can mend is stalled, observed and not tried again', () => {
    const before = receiver(
      {},
      { conditions: [condition('Ready', 'True'), condition('Reconciling', 'True')] },
    );
    const plan = { do: 'stall', reason: 'ValidationFailed', message: 'wrong' } as const;

    const { status, events, next } = told(before, plan);

    expect(shown(status)).toEqual([
      'Stalled True ValidationFailed: wrong',
      'Ready False ValidationFailed: wrong',
    ]);
    expect(status.observedGeneration).toBe(2);
    expect(events).toEqual([{ type: 'Warning', reason: 'ValidationFailed', message: 'wrong' }]);
    expect(next).toEqual({ after: 'nothing' });
  });
});
