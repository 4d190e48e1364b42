import { describe, expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import type { Bucket } from '../../../shared/api/bucket.ts';
import { azureAddress } from '../../../shared/artifact/bucket/azure-address.ts';
import { Fault } from '../../../shared/core/failures.ts';
import type { Http } from '../../../shared/ports.ts';
import { readAzure } from '../../../shared/reconcile/bucket/azure.ts';
import { readGoogle } from '../../../shared/reconcile/bucket/google.ts';
import type { Scope } from '../../../shared/reconcile/reconciler.ts';
import { clusterRecord } from '../../builders.ts';
import { collect } from '../../contracts/collect.ts';

/** How buckets are read in a cluster with a registered account, to whom its cloud or the cluster says this. */
function asking(refusal: Fault) {
  const refused = async () => {
    throw refusal;
  };
  const asked: string[] = [];
  const http: Http = {
    request: async ({ url, headers = {} }) => {
      asked.push(headers.authorization ?? 'nobody');
      return { status: 404, headers: {}, body: Buffer.from('{}'), url };
    },
  };
  const clock = createManualClock();
  const settings = { ...clusterRecord().settings, identityServiceAccount: 'operators/lender' };
  const scope = {
    record: clusterRecord({ settings }),
    ports: { clock, http: () => http, identities: { azureToken: refused, googleToken: refused } },
  } as unknown as Scope;
  return { scope, asked, opening: { http, clock, signal: new AbortController().signal } };
}

const azure = { bucketName: 'photos', endpoint: 'https://team.blob.core.windows.net' };
const OPENERS = {
  Azure: (scope: Scope) =>
    readAzure({ metadata: { namespace: 'team' }, spec: azure } as Bucket, azureAddress(azure), scope),
  Google: (scope: Scope) =>
    readGoogle({ metadata: { namespace: 'team' }, spec: { bucketName: 'photos' } } as Bucket, scope),
};

describe.each(Object.entries(OPENERS))('a bucket of %s where an account is registered', (_, read) => {
  async function listed(refusal: Fault) {
    const { scope, asked, opening } = asking(refusal);
    const opener = await read(scope);
    if ('trouble' in opener) throw new Error(opener.trouble.message);
    const { open, access } = opener.found;
    const trouble = await collect(open(opening).list('')).catch((error: Error) => error.message);
    return { asked, access, trouble };
  }

  test('who is nobody there is read as nobody, as without it', async () => {
    const { asked, access } = await listed(new Fault('forbidden', 'nobody there', { nobody: true }));

    expect(asked).toEqual(['nobody']);
    expect(access).toBeDefined();
  });

  test('whom the cluster does not lend is told so, and not read as nobody', async () => {
    const { asked, access, trouble } = await listed(new Fault('forbidden', 'serviceaccounts is forbidden'));

    expect(asked).toEqual([]);
    expect(access).toBeUndefined();
    expect(trouble).toBe('serviceaccounts is forbidden');
  });
});
