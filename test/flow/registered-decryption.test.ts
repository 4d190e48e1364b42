import { armor, Decrypter } from 'age-encryption';
import { beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { PUBLIC_ENDPOINTS } from '../../shared/adapters/identity/endpoints.ts';
import { createIdentities } from '../../shared/adapters/identity/identities.ts';
import { systemClock } from '../../shared/adapters/local/system.ts';
import type { Http, Ports } from '../../shared/ports.ts';
import { agePair, encryptedFor, objectsIn, SECRET_DATA } from './decrypting.ts';
import { edit, reconcile } from './drive.ts';
import { applierAt, startsIn, told, useWorld } from './setting.ts';

const KEY = 'projects/team/locations/global/keyRings/flux/cryptoKeys/sops';
const POOL = 'projects/123/locations/global/workloadIdentityPools/fleet/providers/hub';
const OPERATORS = 'decryption-operators';
const account = { identityServiceAccount: `${OPERATORS}/lender` };
const setting = useWorld('registered-decryption', async () => ({ settings: account }));
const locked = useWorld('registered-decryption-locked', async () => ({
  settings: { ...account, profile: 'lockdown' },
}));

beforeAll(async () => {
  const { cluster } = setting.world;
  const person = { fieldManager: 'person' };
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: OPERATORS } }, person);
  const annotations = { 'gcp.auth.fluxcd.io/workload-identity-provider': POOL };
  const metadata = { namespace: OPERATORS, name: 'lender', annotations };
  await cluster.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata }, person);
});

/** What the real sops encrypts, as if Google's service had wrapped its data key; and that key. */
async function wrapped(plain: string): Promise<{ readonly file: string; readonly dataKey: string }> {
  const pair = await agePair();
  const { sops, ...rest } = parse(encryptedFor(pair, 'yaml', plain, SECRET_DATA));
  const decrypter = new Decrypter();
  decrypter.addIdentity(pair.identity);
  const dataKey = await decrypter.decrypt(armor.decode(sops.age[0].enc));
  const { age: _age, ...metadata } = sops;
  const enc = Buffer.from('wrapped by Google').toString('base64');
  const gcp_kms = [{ resource_id: KEY, created_at: '2026-01-02T03:04:05Z', enc }];
  return {
    file: JSON.stringify({ ...rest, sops: { ...metadata, gcp_kms } }),
    dataKey: Buffer.from(dataKey).toString('base64'),
  };
}

/** Google on this page: a token for whoever shows one of an account, and the data key for that. */
function google(dataKey: string) {
  const asked: string[] = [];
  const http: Http = {
    async request({ url, headers = {}, body }) {
      const { host, pathname } = new URL(url);
      asked.push(`${host}${pathname}`);
      const answer = (status: number, of: object) => ({
        ...{ status, headers: {}, body: Buffer.from(JSON.stringify(of)), url },
      });
      if (host === 'sts.googleapis.com') {
        const [, claims = ''] =
          new URLSearchParams(Buffer.from(body ?? []).toString()).get('subject_token')?.split('.') ?? [];
        const { sub } = JSON.parse(Buffer.from(claims, 'base64url').toString());
        return answer(200, { access_token: `of ${sub}`, expires_in: 3600 });
      }
      const isLender = headers.authorization === `Bearer of system:serviceaccount:${OPERATORS}:lender`;
      if (host !== 'cloudkms.googleapis.com' || !isLender)
        return answer(403, { error: { status: 'DENIED' } });
      return answer(200, { plaintext: dataKey });
    },
  };
  const identities = createIdentities({ http, clock: systemClock, endpoints: PUBLIC_ENDPOINTS });
  return { asked, ports: { http: () => http, identities } satisfies Partial<Ports> };
}

async function applied(where: typeof setting) {
  const { manifest, dataOf } = objectsIn(where);
  const plain = manifest('Secret', 'opened', { stringData: { word: 'plain-horse' } });
  const { file, dataKey } = await wrapped(plain);
  const { asked, ports } = google(dataKey);
  const spec = { decryption: { provider: 'sops' } };
  await startsIn(where)('opened', { 'a.yaml': file }, { ...spec, suspend: true });
  const at = applierAt(where, 'opened');
  await edit(where.world, at, { spec: { suspend: false } });
  return { done: await reconcile(where.world, at, { ports }), asked, data: await dataOf('opened') };
}

test('[COM-23 controller-identity] [KS-51 ambient-identity] a Kustomization that names no account has its files decrypted as the registered one', async () => {
  const { done, asked, data } = await applied(setting);

  expect(told(done)).toContain('True ReconciliationSucceeded');
  expect(data).toEqual({ word: 'plain-horse' });
  expect(asked).toEqual(['sts.googleapis.com/v1/token', `cloudkms.googleapis.com/v1/${KEY}:decrypt`]);
});

test('[COM-24 decryption-account] but not in profile lockdown, where it is the account default of its namespace', async () => {
  const { done, asked, data } = await applied(locked);

  expect(told(done)).toMatch(/^False BuildFailed: .*nothing is asked as service account 'default'/s);
  expect([asked, data]).toEqual([[], {}]);
});
