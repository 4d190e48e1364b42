import { describe, expect, test } from 'vitest';
import { printerOf } from '../../../../infra/local/cluster/http/tables/printers.ts';
import type { PrinterColumn, ResourceType } from '../../../../infra/local/cluster/model.ts';
import { builtInResources } from '../../../../infra/local/cluster/schema/built-in-resources.ts';

const NOW = new Date('2026-03-04T05:06:07Z');
const BORN = { creationTimestamp: '2026-03-04T05:01:07Z' };

function cellsOf(plural: string, object: object): readonly unknown[] {
  const type = builtInResources().find((one) => one.plural === plural);
  if (!type) throw new Error(plural);
  return printerOf(type).cells({ metadata: { name: 'x', ...BORN }, ...object }, NOW);
}

function pod(status: object, spec: object = {}, metadata: object = {}) {
  const containers = [{ name: 'a' }, { name: 'b' }];
  return cellsOf('pods', {
    metadata: { name: 'x', ...BORN, ...metadata },
    spec: { containers, ...spec },
    status,
  });
}

describe('pods', () => {
  const running = (name: string, more = {}) => ({
    name,
    ready: true,
    restartCount: 0,
    state: { running: {} },
    ...more,
  });

  test('that run', () => {
    const containerStatuses = [running('a'), running('b')];

    expect(
      pod({ phase: 'Running', podIPs: [{ ip: '10.0.0.1' }], containerStatuses }, { nodeName: 'n' }),
    ).toEqual([...['x', '2/2', 'Running', '0', '5m'], ...['10.0.0.1', 'n', '<none>', '<none>']]);
  });

  test('that crash tell why, how often, and when last', () => {
    const lastState = { terminated: { finishedAt: '2026-03-04T05:04:07Z', exitCode: 1 } };
    const state = { waiting: { reason: 'CrashLoopBackOff' } };
    const containerStatuses = [{ name: 'a', ready: false, restartCount: 3, state, lastState }, running('b')];

    expect(pod({ phase: 'Running', containerStatuses }).slice(1, 4)).toEqual([
      '1/2',
      'CrashLoopBackOff',
      '3 (2m ago)',
    ]);
  });

  test('that go away', () => {
    expect(pod({ phase: 'Running' }, {}, { deletionTimestamp: '2026-03-04T05:06:00Z' })[2]).toBe(
      'Terminating',
    );
  });

  test('that initialise tell which step', () => {
    const initContainers = [{ name: 'i' }, { name: 'j' }];
    const ended = { name: 'i', state: { terminated: { exitCode: 0 } } };
    const failed = { name: 'j', state: { terminated: { exitCode: 2 } } };
    const status = (second: object) => ({ phase: 'Pending', initContainerStatuses: [ended, second] });

    expect(pod(status({ name: 'j', state: {} }), { initContainers })[2]).toBe('Init:1/2');
    expect(pod(status(failed), { initContainers })[2]).toBe('Init:ExitCode:2');
  });

  test('count containers that start first and stay', () => {
    const initContainers = [{ name: 'i', restartPolicy: 'Always' }];
    const initContainerStatuses = [{ name: 'i', started: true, ready: true, state: { running: {} } }];
    const containerStatuses = [running('a'), running('b')];

    expect(pod({ phase: 'Running', initContainerStatuses, containerStatuses }, { initContainers })[1]).toBe(
      '3/3',
    );
  });

  test('that have ended say so in the row', () => {
    const type = builtInResources().find(({ plural }) => plural === 'pods') as ResourceType;

    expect(printerOf(type).conditions?.({ status: { phase: 'Succeeded' } })).toEqual([
      { type: 'Completed', status: 'True', reason: 'Succeeded', message: expect.any(String) },
    ]);
  });
});

test.each([
  [
    'services',
    { spec: { type: 'LoadBalancer', ports: [{ port: 80, nodePort: 31, protocol: 'TCP' }] } },
    3,
    '<pending>',
  ],
  ['services', { spec: { type: 'ClusterIP', clusterIPs: ['10.0.0.1'], ports: [] } }, 4, '<none>'],
  [
    'services',
    { spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 31, protocol: 'TCP' }] } },
    4,
    '80:31/TCP',
  ],
  ['nodes', { status: {}, spec: { unschedulable: true } }, 1, 'Unknown,SchedulingDisabled'],
  ['ingresses', { spec: { rules: ['a', 'b', 'c', 'd'].map((host) => ({ host })) } }, 2, 'a,b,c + 1 more...'],
  ['jobs', { spec: { parallelism: 3 }, status: {} }, 2, '0/1 of 3'],
  ['endpoints', { subsets: [{ addresses: [{ ip: '::1' }], ports: [{ port: 8 }] }] }, 1, '[::1]:8'],
  ['roles', {}, 1, BORN.creationTimestamp],
])('cells of %s', (plural, object, index, cell) => {
  expect(cellsOf(plural, object)[index]).toBe(cell);
});

describe('custom kinds', () => {
  const shown = (columns: readonly PrinterColumn[], object: object) => {
    const custom = { definition: 'shops.example.com', columns, selectableFields: [] };
    const printer = printerOf({ custom } as unknown as ResourceType);
    return { names: printer.columns.map(({ name }) => name), cells: printer.cells({ ...object }, NOW) };
  };

  test('show name and age when they say nothing', () => {
    expect(shown([], { metadata: { name: 'x', ...BORN } })).toEqual({
      names: ['Name', 'Age'],
      cells: ['x', '5m'],
    });
  });

  test.each([
    ['string', 'text', 'text'],
    ['string', 3, '3'],
    ['string', true, 'true'],
    ['string', ['a', 1], '["a",1]'],
    ['string', null, '<no value>'],
    ['integer', 3, 3],
    ['integer', '3', null],
    ['number', 1.5, 1.5],
    ['boolean', false, false],
    ['boolean', 'false', null],
    ['date', '2026-03-04T05:06:00Z', '7s'],
    ['date', 'yesterday', '<invalid>'],
    ['string', undefined, null],
  ])('a %s of %j is %j', (type, value, cell) => {
    const column = { name: 'C', type, jsonPath: '.spec.c' };
    const spec = value === undefined ? {} : { c: value };

    expect(shown([column], { metadata: { name: 'x' }, spec }).cells).toEqual(['x', cell]);
  });
});
