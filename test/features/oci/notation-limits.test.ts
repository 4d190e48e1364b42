import type { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Postponed } from '../../../shared/core/failures.ts';
import { contextTag, der, integerOf, readAll, TAG } from '../../../shared/oci/notation/asn1/der.ts';
import { factsOf } from '../../../shared/oci/notation/certificate-facts.ts';
import { chainProblem } from '../../../shared/oci/notation/chain.ts';
import { MAX_LIST_BYTES } from '../../../shared/oci/notation/revocation/ask.ts';
import { readList } from '../../../shared/oci/notation/revocation/list.ts';
import { readOcspAnswer } from '../../../shared/oci/notation/revocation/ocsp.ts';
import { revocationProblem } from '../../../shared/oci/notation/revocation/status.ts';
import { readToken } from '../../../shared/oci/notation/stamps/token.ts';
import {
  authority,
  extension,
  listsAt,
  makeList,
  makeParty,
  NOW,
  ocspAt,
  oidOf,
  type Party,
  revoked,
  serving,
  timeOf,
  usage,
} from './certificates.ts';

const LIST_URL = 'http://lists.example/code.crl';
const OCSP_URL = 'http://ocsp.example';

const root = makeParty({ name: 'root', extensions: [authority, usage(0x06)] });
const leafOf = (issuer: Party, ...extensions: readonly Buffer[]): Party =>
  makeParty({ name: 'signer', issuer, extensions: [usage(0x80), ...extensions] });

describe('what would become very many objects is refused', () => {
  const many = Buffer.alloc(4000, Buffer.from('0500', 'hex'));

  test('[OCI-14 revocation] elements side by side', () => {
    const leaf = leafOf(root).certificate;
    const said = /more than 1000 elements/;
    expect(() => readAll(many)).toThrow(said);
    expect(() => readList(many, leaf, root.certificate, NOW)).toThrow(said);
    expect(() => readList(der(TAG.sequence, many), leaf, root.certificate, NOW)).toThrow(said);
    expect(() => readOcspAnswer(der(TAG.sequence, many), leaf, root.certificate, NOW)).toThrow(said);
    expect(readAll(many.subarray(0, 2000))).toHaveLength(1000);
  });

  test('places in a certificate', () => {
    const places = Array.from({ length: 1001 }, (_, index) => `http://lists.example/${index}`);
    const { certificate } = leafOf(root, listsAt(places));
    expect(factsOf(certificate)).toBeUndefined();
    expect(chainProblem([certificate, root.certificate])).toMatch(/"CN=signer" cannot be read/);
  });

  test('[OCI-14 revocation] what a list says of one certificate', () => {
    const leaf = leafOf(root);
    const read = (times: number): number =>
      readList(
        makeList(root, Buffer.concat(Array.from({ length: times }, () => revoked(leaf)))),
        leaf.certificate,
        root.certificate,
        NOW,
      ).entries.length;
    expect(read(100)).toBe(100);
    expect(() => read(101)).toThrow('it says more than 100 things of this certificate');
  });

  test('digits of a number', () => {
    const number = (bytes: number): Buffer => der(TAG.integer, Buffer.alloc(bytes, 1));
    expect(integerOf(readAll(number(64))[0])).toBeGreaterThan(0n);
    expect(() => integerOf(readAll(number(65))[0])).toThrow('an integer is out of range');
  });
});

test('[OCI-14 revocation] nobody is asked about a certificate whose issuer cannot be read, and it does not count', async () => {
  const unreadable = { raw: Buffer.from('no'), subject: 'CN=root' } as X509Certificate;
  const chain = [leafOf(root, ocspAt(OCSP_URL)).certificate, unreadable];
  const { inquiry, asked } = serving({});
  expect(await revocationProblem(chain, 'signing', undefined, inquiry)).toMatch(
    /revocation status is unknown: its issuer cannot be read/,
  );
  expect(asked).toEqual([]);
});

describe('who is asked', () => {
  const five = (what: string) => Array.from({ length: 5 }, (_, index) => `http://${what}${index}.example/`);
  const ask = async (signer: Party, answers: Readonly<Record<string, Buffer>> = {}) => {
    const { inquiry, asked } = serving(answers);
    const problem = await revocationProblem(
      [signer.certificate, root.certificate],
      'signing',
      undefined,
      inquiry,
    );
    return { problem, asked };
  };

  test('[OCI-14 revocation] are four responders at most', async () => {
    const { problem, asked } = await ask(leafOf(root, ocspAt(...five('ocsp'))));
    expect(problem).toMatch(/revocation status is unknown: OCSP at ocsp3.example: nobody is there/);
    expect(asked).toHaveLength(4);
  });

  test('[OCI-14 revocation] is nobody where there are more than four lists, as all would have to say so', async () => {
    const { problem, asked } = await ask(leafOf(root, listsAt(five('lists'))));
    expect(problem).toMatch(/revocation status is unknown: it names more than 4 lists/);
    expect(asked).toEqual([]);
  });

  test('[OCI-14 revocation] are four lists of changes at most', async () => {
    const base = makeList(root, Buffer.alloc(0), {
      extensions: [
        extension('2.5.29.20', der(TAG.integer, Buffer.from([1]))),
        listsAt(five('changes'), '2.5.29.46'),
      ],
    });
    const { problem, asked } = await ask(leafOf(root, listsAt([LIST_URL])), { [LIST_URL]: base });
    expect(problem).toMatch(/revocation status is unknown: list at lists.example: nobody is there/);
    expect(asked).toHaveLength(1 + 4);
  });
});

describe('time stamps', () => {
  const sha256 = der(TAG.sequence, oidOf('2.16.840.1.101.3.4.2.1'));
  const stamp = oidOf('1.2.840.113549.1.9.16.1.4');
  const one = der(TAG.integer, Buffer.from([1]));
  const time = der(TAG.generalizedTime, Buffer.from('20261120000000Z'));
  const imprint = der(TAG.sequence, sha256, der(TAG.octetString));
  const content = der(TAG.octetString, der(TAG.sequence, one, oidOf('1.2.3'), imprint, one, time));
  const token = ({
    kind = '1.2.840.113549.1.7.2',
    certificates = [],
    signers = [],
  }: {
    readonly kind?: string;
    readonly certificates?: readonly Buffer[];
    readonly signers?: readonly Buffer[];
  }) =>
    der(
      TAG.sequence,
      oidOf(kind),
      der(
        contextTag(0),
        der(
          TAG.sequence,
          der(TAG.integer, Buffer.from([3])),
          der(TAG.set, sha256),
          der(TAG.sequence, stamp, der(contextTag(0), content)),
          der(contextTag(0), ...certificates),
          der(TAG.set, ...signers),
        ),
      ),
    );

  test('[OCI-14 time-stamps] have 256 KiB, 20 certificates and 4 signers at most', () => {
    const { raw } = root.certificate;
    expect(readToken(token({ certificates: Array(20).fill(raw) })).certificates).toHaveLength(20);
    expect(() => readToken(token({ certificates: Array(21).fill(raw) }))).toThrow(
      'it has more than 20 certificates',
    );
    const signers = (length: number) => token({ signers: Array(length).fill(der(TAG.sequence)) });
    expect(() => readToken(signers(5))).toThrow('more than 4 have signed it');
    expect(() => readToken(signers(4))).toThrow('an element with tag 2 is missing');
    expect(() => readToken(Buffer.alloc(256 * 1024 + 1))).toThrow('it is larger than 262144 bytes');
  });

  test('[OCI-14 time-stamps] are signed data', () => {
    expect(() => readToken(token({ kind: '1.2.840.113549.1.7.1' }))).toThrow('it is no signed data');
  });
});

describe('lists that take much memory', () => {
  const leaf = leafOf(root, listsAt([LIST_URL]));
  const chain = [leaf.certificate, root.certificate];
  const other = der(TAG.sequence, der(TAG.integer, Buffer.from([1])), timeOf(NOW));
  const long = makeList(root, Buffer.concat([Buffer.alloc(other.length * 250_000, other), revoked(leaf)]));

  test('[OCI-14 revocation] are read when nothing else is', async () => {
    let alone = 0;
    const work = {
      alone: <T>(act: () => Promise<T>) => {
        alone++;
        return act();
      },
    };
    const small = serving({ [LIST_URL]: makeList(root, revoked(leaf)) }, work);
    expect(await revocationProblem(chain, 'signing', undefined, small.inquiry)).toMatch(/is revoked/);
    expect(alone).toBe(0);

    const large = serving({ [LIST_URL]: long }, work);
    expect(await revocationProblem(chain, 'signing', undefined, large.inquiry)).toMatch(/is revoked/);
    expect(alone).toBe(1);
    expect(large.asked).toEqual([`${LIST_URL} ${4 * 1024 * 1024}`, `${LIST_URL} ${MAX_LIST_BYTES}`]);
  });

  test('[OCI-14 revocation] are not told to be missing when there was no room for them in time', async () => {
    const work = { alone: () => Promise.reject(new Postponed('others take the memory')) };
    const { inquiry } = serving({ [LIST_URL]: long }, work);
    await expect(revocationProblem(chain, 'signing', undefined, inquiry)).rejects.toThrow(Postponed);

    const changes = ['http://one.example/', 'http://two.example/'] as const;
    const base = makeList(root, Buffer.alloc(0), { extensions: [listsAt(changes, '2.5.29.46')] });
    const small = serving({ [LIST_URL]: base, [changes[0]]: long }, work);
    await expect(revocationProblem(chain, 'signing', undefined, small.inquiry)).rejects.toThrow(Postponed);
    expect(small.asked.join()).not.toContain(changes[1]);

    const over = new AbortController();
    const waiting = {
      until: over.signal,
      alone: <T>(act: () => Promise<T>) => {
        over.abort();
        return act();
      },
    };
    await expect(
      revocationProblem(chain, 'signing', undefined, serving({ [LIST_URL]: long }, waiting).inquiry),
    ).rejects.toThrow(Postponed);
  });
});
