import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../api.ts';
import { openTwins, type Twins } from './twins.ts';

const TABLE = { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } };
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const group = `${randomBytes(3).toString('hex')}.example.com`;
const shops = `/apis/${group}/v1/namespaces/default/shops`;

const spec = {
  text: 'words',
  number: 3,
  fraction: 1.5,
  yes: true,
  no: false,
  list: ['a', 'b', 'c'],
  numbers: [3, 1, 2],
  map: { b: 1, a: 'x', 'dotted.name/x': 'y' },
  time: '2020-01-02T03:04:05Z',
  items: [
    { type: 'First', status: 'False', weight: 1, deep: { er: 'one' } },
    { type: 'Ready', status: 'True', weight: 2, deep: { er: 'two' } },
    { type: 'Ready', status: 'Unknown', weight: 3 },
  ],
};

// Each path is shown in each type.
const PATHS = [
  '.spec.text',
  '.spec.number',
  '.spec.fraction',
  '.spec.yes',
  '.spec.no',
  '.spec.list',
  '.spec.map',
  '.spec.time',
  '.spec.missing',
  '.spec.missing.deeper',
  '.spec.text.deeper',
  '.spec.list[0]',
  '.spec.list[-1]',
  '.spec.list[1:]',
  '.spec.list[:2]',
  '.spec.list[9]',
  '.spec.list[*]',
  '.spec.text[0]',
  '.spec.numbers[1]',
  ".spec['text']",
  '.spec.map.dotted\\.name/x',
  ".spec.map['dotted\\.name/x']",
  '.spec.items[?(@.type=="Ready")].status',
  "..items[?(@.type=='Ready')].weight",
  '.spec.items[?(@.type == "Ready")].deep.er',
  '.spec.items[?(@.type!="First")].status',
  '.spec.items[?(@.weight>1)].status',
  '.spec.items[?(@.weight<=1)].status',
  '.spec.items[?(@.weight=="1")].status',
  '.spec.items[?(@.deep)].type',
  '.spec.items[?(@.nope=="x")].type',
  '.spec.items[*].weight',
  '.spec.items[0:3:2].weight',
  '.spec.text[?(@.a=="b")]',
  '.metadata.name',
  '.metadata.creationTimestamp',
  '.metadata.labels.a',
] as const;
const TYPES = ['string', 'integer', 'number', 'boolean', 'date'] as const;

const columns = PATHS.flatMap((jsonPath, index) =>
  TYPES.map((type) => ({ name: `${type}-${index}`, type, jsonPath, ...(index % 2 && { priority: 1 }) })),
);

let twins: Twins;
beforeAll(async () => {
  twins = await openTwins();
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const definition = (plural: string, kind: string, more: object) => ({
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, kind },
      versions: [{ name: 'v1', served: true, storage: true, schema, ...more }],
    },
  });
  const described = [
    { name: 'D', type: 'string', jsonPath: '.spec.text', description: 'what it says', format: 'byte' },
  ];
  await twins.both('POST', CRDS, {
    body: definition('shops', 'Shop', { additionalPrinterColumns: columns }),
  });
  await twins.both('POST', CRDS, { body: definition('plains', 'Plain', {}) });
  await twins.both('POST', CRDS, {
    body: definition('tolds', 'Told', { additionalPrinterColumns: described }),
  });
  const paths = ['.spec.text', '.spec["text"]', '.spec.number'];
  const broken = paths.map((jsonPath) => ({ name: jsonPath, type: 'string', jsonPath }));
  await twins.both('POST', CRDS, {
    body: definition('brokens', 'Broken', { additionalPrinterColumns: broken }),
  });
  for (const [plural, kind] of [
    ['shops', 'Shop'],
    ['plains', 'Plain'],
    ['tolds', 'Told'],
    ['brokens', 'Broken'],
  ]) {
    const path = `/apis/${group}/v1/namespaces/default/${plural}`;
    await until(`both serve ${plural}`, async () => {
      const body = { apiVersion: `${group}/v1`, kind, metadata: { name: 'one' }, spec };
      const answers = await twins.both('POST', path, { body });
      return answers.every(({ status }) => status === 201 || status === 409) || undefined;
    });
  }
});
afterAll(async () => {
  for (const plural of ['shops', 'plains', 'tolds', 'brokens'])
    await twins.real('DELETE', `${CRDS}/${plural}.${group}`);
  await twins.close();
});

test.each(PATHS.map((path, index) => ({ path, index })))('$path in every type', async ({ index }) => {
  const [real, ours] = await twins.both('GET', `${shops}/one`, TABLE);
  const cells = (json: { rows: readonly { cells: readonly unknown[] }[] }) =>
    json.rows[0]?.cells.slice(1 + index * TYPES.length, 1 + (index + 1) * TYPES.length).map(ageless);

  expect(cells(ours.json)).toEqual(cells(real.json));
});

test.each(['shops', 'plains', 'tolds', 'brokens'])('the columns of %s', async (plural) => {
  const path = `/apis/${group}/v1/namespaces/default/${plural}`;
  const [real, ours] = await twins.both('GET', path, TABLE);
  const [name, ...others] = real.json.columnDefinitions;
  // What is said of a name is the server's own text.
  const expected = [{ ...name, description: '' }, ...others];
  const isPlain = plural === 'plains';

  expect(ours.json.columnDefinitions).toEqual(
    isPlain ? expected.map((column: object) => ({ ...column, description: '' })) : expected,
  );
});

function ageless(cell: unknown): unknown {
  if (typeof cell !== 'string') return cell;
  const timeless = cell.replace(/^20[^0]\d-.*Z$/, '<time>');
  return timeless.replace(/\b\d+[smhdy](?:\d+[smhdy])?\b/g, '<age>');
}
