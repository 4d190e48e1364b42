import type { RequestListener } from 'node:http';
import { describe, expect, test } from 'vitest';
import { sendForEver, serve } from '../features/http/web-server.ts';
import { create, type Reconciled, reconcile } from './drive.ts';
import { helmAt, helmRepository } from './helm.ts';
import { expectKept, servedDigest } from './hostile/kept.ts';
import { told, useWorld } from './setting.ts';

const setting = useWorld('hostile-helm');
const FETCH = 'Failed: failed to fetch Helm repository index: ';
const READ = 'IndexationFailed: failed to load Helm repository from index YAML: ';

const indexOf = (...versions: readonly string[]): string =>
  [
    'apiVersion: v1',
    'entries:',
    '  app:',
    ...versions.map((version) => `  - {name: app, version: "${version}", urls: [app.tgz]}`),
    '',
  ].join('\n');

let repositories = 0;

/** A HelmRepository after its first run, and what its server answers from then on. */
async function started(spec: object = {}) {
  repositories += 1;
  const name = `odd-${repositories}`;
  let answer: RequestListener = (_request, response) => response.end(indexOf('1.0.0'));
  const url = await serve((request, response) => answer(request, response));
  await create(setting.world, helmRepository(setting, name, url, spec));
  const visit = (): Promise<Reconciled> => reconcile(setting.world, helmAt(setting, name));
  const good = await visit();
  expect(told(good)).toMatch(/^True Succeeded/);
  const turn = (to: RequestListener | string): void => {
    answer = typeof to === 'string' ? (_request, response) => response.end(to) : to;
  };
  return { good, visit, turn };
}

describe('an index that turns bad leaves the last good one, advertised and served', () => {
  test.each<[title: string, answer: RequestListener | string, wording: string]>([
    ['is a web page', '<html><body>Welcome</body></html>', READ],
    ['is cut short', indexOf('1.0.0').slice(0, -12), READ],
    ['is a bomb of aliases', bomb(), READ],
    ['is one line of dashes', `entries:\n${'- '.repeat(8 * 1024 * 1024)}`, READ],
    ['names a chart twice', `${indexOf('1.0.0')}  app: []\n`, READ],
    ['never ends', (_request, response) => sendForEver(response), FETCH],
    [
      'announces more than there is',
      (_request, response) =>
        response.writeHead(200, { 'content-length': 1000 }).write('a', () => response.destroy()),
      FETCH,
    ],
    [
      'is at a metadata address',
      (_request, response) =>
        response.writeHead(302, { location: 'http://169.254.169.254/index.yaml' }).end(),
      FETCH,
    ],
    [
      'is where it is, for ever',
      (_request, response) => response.writeHead(302, { location: '/index.yaml' }).end(),
      FETCH,
    ],
  ])('%s', async (_title, answer, wording) => {
    const { good, visit, turn } = await started();
    turn(answer);

    await expectKept(await visit(), good, new RegExp(`^True ${wording}`));

    turn(indexOf('1.0.0', '1.1.0'));
    expect(told(await visit())).toMatch(/^True Succeeded/);
  });

  test('does not come any more', async () => {
    const { good, visit, turn } = await started({ timeout: '1s' });
    turn(() => undefined);

    await expectKept(await visit(), good, new RegExp(`^True ${FETCH}.*did not answer in time`));
  });
});

// What `helm repo add` and `helm search repo --versions --devel` of Helm 4.2 take and leave of them.
const TAKEN = ['v2', '1.0.0', '1.0.0', '1', '1.0.0+b', `1.0.0-${'a'.repeat(200)}`, '0.9.0'];
const LEFT = [
  'latest',
  '9'.repeat(23).concat('.0.0'),
  '1.0.0 ',
  '../../etc',
  `1.0.0-${'a'.repeat(5000)}`,
  '',
];

test('an index with duplicate and absurd versions is stored with those that Helm takes', async () => {
  const { visit, turn } = await started();
  turn(indexOf(...LEFT, ...TAKEN));

  const done = await visit();

  const { url = '', digest } = done.status.artifact ?? {};
  expect(told(done)).toMatch(/^True Succeeded/);
  expect(await servedDigest(url)).toBe(digest);
  const index = (await (await fetch(url)).json()) as { entries: { app: { version: string }[] } };
  expect(index.entries.app.map(({ version }) => version)).toEqual(TAKEN);
});

/** Nine levels of nine aliases each: a text of a few hundred bytes, and 400 million values. */
function bomb(): string {
  const levels = Array.from({ length: 9 }, (_, level) => {
    const below = level === 0 ? '"lol"' : `*l${level - 1}`;
    return `l${level}: &l${level} [${Array.from({ length: 9 }, () => below).join(', ')}]`;
  });
  return ['apiVersion: v1', ...levels, 'entries: {}', ''].join('\n');
}
