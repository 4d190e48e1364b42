import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Fault } from '../../../shared/core/failures.ts';
import { policyFor } from '../../../shared/oci/notation/policy.ts';
import type { Inquiry } from '../../../shared/oci/notation/revocation/ask.ts';
import { type Verdict, verifyNotation } from '../../../shared/oci/notation/verify.ts';
import { type NotationCase, notationVectors, registryWith, serversOf } from './vectors.ts';

const { artifact, blobs, cases, now } = notationVectors();
const RUN = new AbortController();

/** What upstream takes and we do not, and what is said of it. */
const STRICTER: Readonly<Record<string, RegExp>> = {
  'ocsp: signed with SHA-1': /it is signed in a way that does not count, such as SHA-1/,
  "ocsp: about a stranger's certificate of that number": /it is not about this certificate/,
  "ocsp: about a namesake's certificate of that number": /it is not about this certificate/,
  'ocsp: about a certificate of the same key under another name': /it is not about this certificate/,
  'ocsp: delegated, not for OCSP': /who answers has no certificate for OCSP/,
  'ocsp: delegated to the signer itself': /who answers has no certificate for OCSP/,
  'ocsp: delegated, expired': /the certificate of who answers is not valid now/,
  'list: of another place': /it is the list of another place/,
  'list: of authorities': /it is not about such certificates/,
  'list: of attributes': /it is not about such certificates/,
  "list: of others' certificates": /it is not about such certificates/,
  'list: of changes only': /it is a list of changes only/,
};

/** What upstream refuses: it follows no chain from a certificate that is trusted itself. */
const KINDER: readonly string[] = ['stamper: trusted itself'];

function bytesOf(name: string): Buffer {
  return Buffer.from(blobs[name] ?? '', 'base64');
}

async function judged(
  one: NotationCase,
  more: Partial<Inquiry> = {},
): Promise<{ readonly verdict: Verdict; readonly asked: readonly string[] }> {
  const { http, asked } = serversOf(one, blobs);
  const clock = { now: () => new Date(now), timeout: () => RUN.signal };
  const certificates = one.roots.map((root) => new X509Certificate(bytesOf(root)));
  const trust = { policy: policyFor(one.policy, 'registry.example/app'), certificates };
  const world = { http, clock, signal: RUN.signal, ...more };
  const verdict = await verifyNotation(registryWith(one, blobs), artifact, trust, world);
  return { verdict, asked: asked.toSorted() };
}

/** Whether all that a policy has checked is enforced. */
function isStrict({ policy }: NotationCase): boolean {
  return policy.trustPolicies.every(
    ({ signatureVerification: { level, override } }) => level === 'strict' && override === undefined,
  );
}

const named = cases.map((one) => [one.name, one] as const);
const stamps = named.filter(([name]) => name.startsWith('stamp'));
const revocations = named.filter(([name]) => !name.startsWith('stamp'));

/** What a refusal is about. */
function reasonOf(message: string | undefined): string | undefined {
  if (message === undefined) return undefined;
  const whose = /CN=([^,"]+)/.exec(message)?.[1] ?? '';
  if (/ is revoked$/.test(message)) return `${whose} revoked`;
  if (/revocation status is unknown/.test(message)) return `${whose} unknown`;
  if (/no timestamp countersignature was found/.test(message)) return 'no stamp';
  if (/^timestamp can be (before|after)/.test(message)) return message.slice(0, 20);
  if (/timestamp|timestamping/.test(message)) return 'stamp';
  return /validity period|is not valid at/.test(message) ? 'time' : message;
}

async function matches(one: NotationCase): Promise<void> {
  const { verdict, asked } = await judged(one);
  const stricter = STRICTER[one.name];
  if (stricter !== undefined) {
    expect(one.verdict).toBe('verified');
    expect(verdict).toMatchObject({ verdict: 'failed', message: expect.stringMatching(stricter) });
    return;
  }
  if (KINDER.includes(one.name)) {
    expect([one.verdict, verdict.verdict]).toEqual(['failed', 'verified']);
    return;
  }
  const message = verdict.verdict === 'failed' ? verdict.message : undefined;
  expect({ ...verdict, why: reasonOf(message) }, message).toMatchObject({
    verdict: one.verdict,
    why: reasonOf(one.message),
  });
  for (const question of asked) expect(one.asked).toContain(question);
  if (isStrict(one) && one.verdict === 'verified') expect(asked).toEqual(one.asked);
}

describe("signatures with time stamps are what notation's own verifier says they are", () => {
  test.each(stamps)('[OCI-14 time-stamps] %s', (_name, one) => matches(one));
});

describe("revoked certificates are what notation's own verifier says they are", () => {
  test.each(revocations)('[OCI-14 revocation] %s', (_name, one) => matches(one));
});

test('[OCI-14 revocation] who is asked has half a minute for all of it', async () => {
  const one = cases.find(({ name }) => name === 'ocsp: good') as NotationCase;
  const allowed: number[] = [];
  const timeout = (milliseconds: number): AbortSignal => {
    allowed.push(milliseconds);
    return milliseconds < 30_000 ? RUN.signal : AbortSignal.abort();
  };
  const isOver: boolean[] = [];
  const http: Inquiry['http'] = {
    request: async ({ signal }) => {
      isOver.push(signal.aborted);
      throw new Fault('timeout', 'it did not answer in time');
    },
  };
  const { verdict } = await judged(one, { clock: { now: () => new Date(now), timeout }, http });
  expect(verdict).toMatchObject({
    verdict: 'failed',
    message: expect.stringMatching(/status is unknown: OCSP at ocsp.example: it did not answer in time/),
  });
  expect(allowed).toEqual([30_000, 2_000]);
  expect(isOver).toEqual([true]);
});

test('the table has what it is for', () => {
  expect(stamps.length).toBeGreaterThan(80);
  expect(revocations.length).toBeGreaterThan(100);
  for (const name of Object.keys(STRICTER)) expect(cases.map((one) => one.name)).toContain(name);
});
