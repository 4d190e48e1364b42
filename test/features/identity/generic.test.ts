import { describe, expect, test } from 'vitest';
import { canonicalAddress } from '../../../shared/core/identity/address.ts';
import { clusterRecord } from '../../builders.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import { createIdentityWorld } from './world.ts';

const described = { provider: 'generic', address: 'https://Spoke.example:6443/path', ca: 'CA' } as const;

describe('a cluster that trusts the issuer of this one', () => {
  test("[KS-102 generic] is spoken to with the account's own token, for its address", async () => {
    const { identities, asker, tokens } = await createIdentityWorld({});

    expect(await identities.clusterAccess(asker, described)).toMatchObject({
      server: 'https://spoke.example:6443',
      ca: 'CA',
      token: 'jwt-1',
    });
    expect(tokens).toEqual([[described.address]]);
  });

  test('[KS-102 audiences] for other audiences when those are named', async () => {
    const { identities, asker, tokens } = await createIdentityWorld({});

    await identities.clusterAccess({ ...asker, audiences: ['a', 'b'] }, described);
    expect(tokens).toEqual([['a', 'b']]);
  });

  test('keeps the token until shortly before it ends, and not for an account made anew', async () => {
    const { identities, asker, clock, account } = await createIdentityWorld({});
    const token = async () => (await identities.clusterAccess(asker, described)).token;

    expect([await token(), await token()]).toEqual(['jwt-1', 'jwt-1']);
    await clock.advance(56 * 60_000);
    expect(await token()).toBe('jwt-2');
    account.uid = 'another of this name';
    expect(await token()).toBe('jwt-3');
  });

  test('[KS-102 address-needed] needs an address of https', async () => {
    const { identities, asker } = await createIdentityWorld({});

    await faultOf(identities.clusterAccess(asker, { provider: 'generic' }), 'invalid');
    await faultOf(
      identities.clusterAccess(asker, { provider: 'generic', address: 'http://a.example' }),
      'invalid',
    );
  });

  test('[KS-102 gate] needs the gate for tokens of accounts to be open', async () => {
    const { identities, asker, tokens } = await createIdentityWorld({});
    const shut = { ...asker, record: clusterRecord() };

    const { message } = await faultOf(identities.clusterAccess(shut, described), 'forbidden');
    expect(message).toContain('ObjectLevelWorkloadIdentity feature gate is not enabled');
    expect(tokens).toEqual([]);
  });

  test('is never spoken to as ourselves', async () => {
    const { identities, asker } = await createIdentityWorld({});
    const { serviceAccount: _none, ...alone } = asker;

    await faultOf(identities.clusterAccess(alone, described), 'forbidden');
  });
});

test.each([
  ['A.example', 'https://a.example:443'],
  ['https://a.example/x', 'https://a.example:443'],
  ['https://a.example:6443', 'https://a.example:6443'],
  ['https://[2001:DB8::1]', 'https://[2001:db8::1]:443'],
])('the address %s is compared as %s', (address, canonical) => {
  expect(canonicalAddress(address)).toBe(canonical);
});
