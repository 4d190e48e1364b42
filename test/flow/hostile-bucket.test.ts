import { describe, expect, test } from 'vitest';
import { loadTree } from '../../shared/artifact/store.ts';
import { sendForEver } from '../features/http/web-server.ts';
import { bucketAt } from './bucket.ts';
import { create, type Reconciled, reconcile } from './drive.ts';
import { expectKept, servedDigest } from './hostile/kept.ts';
import {
  entry,
  listing,
  type OddAnswer,
  type OddBucket,
  oddBucket,
  startOddBucket,
} from './hostile/odd-bucket.ts';
import { told, useWorld } from './setting.ts';

const setting = useWorld('hostile-bucket');
const FAILED = 'BucketOperationFailed: ';
const GOOD = { 'a.yaml': 'a: 1\n', 'b.yaml': 'b: 1\n' };

let buckets = 0;

/** A Bucket after its first run, and its server. */
async function started(
  objects: Readonly<Record<string, string>> = GOOD,
  { spec = {}, pageSize = 1000 }: { readonly spec?: object; readonly pageSize?: number } = {},
): Promise<{
  readonly server: OddBucket;
  readonly good: Reconciled;
  readonly visit: () => Promise<Reconciled>;
}> {
  buckets += 1;
  const name = `odd-${buckets}`;
  const server = await startOddBucket(objects, pageSize);
  await create(setting.world, oddBucket(server, setting, name, spec));
  const visit = () => reconcile(setting.world, bucketAt(setting, name));
  const good = await visit();
  expect(told(good)).toMatch(/^True Succeeded/);
  return { server, good, visit };
}

async function filesOf({ status }: Reconciled): Promise<Readonly<Record<string, string>>> {
  const digest = status.artifact?.digest ?? '';
  expect(await servedDigest(status.artifact?.url ?? '')).toBe(digest);
  const tree = await loadTree(setting.world.runtime.ports.store, digest);
  return Object.fromEntries([...tree].map(([path, body]) => [path, Buffer.from(body).toString()]));
}

const atListing =
  (body: string): OddAnswer =>
  (key, response) => {
    if (key !== undefined) return false;
    response.end(body);
    return true;
  };

const redirecting: OddAnswer = (_key, response) => {
  response.writeHead(307, { location: 'http://169.254.169.254/latest/meta-data/' }).end();
  return true;
};

const endless: OddAnswer = (key, response) => {
  if (key === undefined) return false;
  sendForEver(response);
  return true;
};

/** A thousand new keys a page, for ever. */
function pagesForEver(): OddAnswer {
  let pages = 0;
  return (key, response) => {
    if (key !== undefined) return false;
    pages += 1;
    const keys = Array.from({ length: 1000 }, (_, n) => entry(`k${pages}-${n}`, 'e')).join('');
    const next = `<IsTruncated>true</IsTruncated><NextContinuationToken>${pages}</NextContinuationToken>`;
    response.end(listing(keys + next));
    return true;
  };
}

describe('a bucket that turns bad leaves the last good artifact, advertised and served', () => {
  test.each<[title: string, odd: () => OddAnswer, wording: RegExp]>([
    ['whose objects never end', () => endless, /failed to get '[ab]\.yaml' object: .*larger than \d+ bytes/],
    ['whose listing never ends', pagesForEver, /more than 200000 objects/],
    [
      'whose listing is one page for ever',
      () => atListing(listing('<IsTruncated>true</IsTruncated>')),
      /does not come to its end/,
    ],
    ['that is a web page now', () => atListing('<html><body>Welcome'), /./],
    ['that sends us to a metadata address', () => redirecting, /spec\.endpoint and spec\.region/],
    ['with absolute names', () => atListing(listing(entry('/etc/passwd', 'e') + entry('etc', 'e'))), /etc/],
    ['with names that leave the root', () => atListing(listing(entry('a/../../x', 'e'))), /a\/\.\.\/\.\.\/x/],
  ])('%s', async (_title, odd, wording) => {
    const { server, good, visit } = await started();
    // What is new is looked at.
    server.objects.set('c.yaml', 'c: 1\n');
    server.turn(odd());

    const bad = await visit();

    await expectKept(bad, good, new RegExp(`^True ${FAILED}`));
    expect(told(bad)).toMatch(wording);

    server.turn(() => false);
    expect(told(await visit())).toMatch(/^True Succeeded/);
  });

  test('that does not answer any more', async () => {
    const { server, good, visit } = await started(GOOD, { spec: { timeout: '1s' } });
    server.turn(() => true);

    await expectKept(await visit(), good, new RegExp(`^True ${FAILED}.*did not answer in time`));
  });
});

describe('a bucket that changes while it is read', () => {
  test('between the listing and a download: what was downloaded counts, and the next run agrees', async () => {
    const { server, visit } = await started();
    server.objects.set('c.yaml', 'c: 1\n');
    server.turn((key) => {
      if (key === undefined) return false;
      server.objects.set('a.yaml', 'a: 2\n');
      server.objects.delete('b.yaml');
      return false;
    });

    const first = await visit();
    const files = await filesOf(first);
    server.turn(() => false);
    const second = await visit();

    // One of the two may have been downloaded before the other changed it.
    expect(files['c.yaml']).toBe('c: 1\n');
    expect(await filesOf(second)).toEqual({ 'a.yaml': 'a: 2\n', 'c.yaml': 'c: 1\n' });
    expect((await visit()).status).toEqual(second.status);
  });

  test('between two pages of the listing: no half of a page is taken for the whole', async () => {
    const { server, visit } = await started({ 'a.yaml': 'a', 'b.yaml': 'b', 'c.yaml': 'c' }, { pageSize: 1 });
    let pages = 0;
    server.turn((key) => {
      if (key !== undefined) return false;
      pages += 1;
      if (pages === 2) {
        server.objects.set('aa.yaml', 'new');
        server.objects.delete('c.yaml');
      }
      return false;
    });

    const during = await visit();
    server.turn(() => false);
    const after = await visit();

    expect(told(during)).toMatch(/^True Succeeded/);
    expect(await filesOf(after)).toEqual({ 'a.yaml': 'a', 'aa.yaml': 'new', 'b.yaml': 'b' });
    expect((await visit()).status).toEqual(after.status);
  });

  test('so that a page is missing: nothing is taken', async () => {
    const { server, good, visit } = await started({ 'a.yaml': 'a', 'b.yaml': 'b' }, { pageSize: 1 });
    let pages = 0;
    server.turn((key, response) => {
      if (key !== undefined) return false;
      pages += 1;
      if (pages < 2) return false;
      response.writeHead(500).end('<Error><Code>InternalError</Code><Message>Later</Message></Error>');
      return true;
    });

    await expectKept(await visit(), good, new RegExp(`^True ${FAILED}.*Later`));
  });
});
