import type { LookupFunction } from 'node:net';
import { describe, expect, test } from 'vitest';
import { createHttp } from '../../../shared/adapters/http/client.ts';
import { checkAddress, egressLookup, ruleFor } from '../../../shared/adapters/http/egress.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import { serve } from './web-server.ts';

const NOTHING = { loopback: false, privateRanges: false };
const EVERYTHING = { loopback: true, privateRanges: true };

describe('addresses', () => {
  test.each([
    '8.8.8.8',
    '1.1.1.1',
    '2606:4700::1111',
    '::ffff:8.8.8.8',
    '2002:0808:0808::1',
    '64:ff9b::808:808',
  ])('public %s is always allowed', (address) => {
    expect(checkAddress(address, NOTHING)).toBe('allowed');
  });

  test.each([
    '169.254.169.254',
    '169.254.170.2',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '::169.254.169.254',
    '::ffff:0:a9fe:a9fe',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    'febf::1',
    '100.100.100.200',
    '168.63.129.16',
  ])('link-local or metadata %s is never allowed', (address) => {
    expect(checkAddress(address, EVERYTHING)).toBe('link-local or metadata address');
  });

  test.each([
    '127.0.0.1',
    '127.9.9.9',
    '::1',
    '::ffff:127.0.0.1',
    '0:0:0:0:0:ffff:7f00:1',
    '2002:7f00:1::',
    '::127.0.0.1',
  ])('loopback %s only by the rule', (address) => {
    expect(checkAddress(address, { loopback: false, privateRanges: true })).toBe('loopback address');
    expect(checkAddress(address, { loopback: true, privateRanges: false })).toBe('allowed');
  });

  test.each([
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    'fc00::1',
    'fd12::1',
    '64:ff9b::a00:1',
  ])('private %s only by the rule', (address) => {
    expect(checkAddress(address, { loopback: true, privateRanges: false })).toBe('private address');
    expect(checkAddress(address, { loopback: false, privateRanges: true })).toBe('allowed');
  });

  test.each([
    '0.0.0.0',
    '0.1.2.3',
    '::',
    '224.0.0.1',
    '239.1.1.1',
    '255.255.255.255',
    'ff02::1',
    '2001:db8::1',
    '2001::1',
  ])('reserved %s is never allowed', (address) => {
    expect(checkAddress(address, EVERYTHING)).toBe('reserved address');
  });

  test.each([
    '172.15.255.255',
    '172.32.0.1',
    '11.0.0.1',
    '100.63.255.255',
    '100.128.0.0',
    '126.1.1.1',
    '128.0.0.1',
  ])('%s is just outside a range', (address) => {
    expect(checkAddress(address, NOTHING)).toBe('allowed');
  });

  test.each(['', 'localhost', '01.2.3.4', '1.2.3', '2130706433', '0x7f000001', '1.2.3.4/8'])(
    '%j is none',
    (text) => {
      expect(checkAddress(text, EVERYTHING)).toBe('not an IP address');
    },
  );
});

describe('exemption by the operator', () => {
  test.each([
    ['10.0.0.5', 6443],
    ['api.corp', 6443],
    ['API.corp', 6443],
    ['any.port', 1],
    ['[fd00::5]', 6443],
  ])('%s:%d is exempt', (host, port) => {
    const rule = { ...NOTHING, exempt: ['10.0.0.5:6443', 'api.corp:6443', 'any.port', '[fd00::5]:6443'] };

    expect(ruleFor(rule, host, port)).toEqual(EVERYTHING);
  });

  test('another port of an exempt host is not', () => {
    const rule = { ...NOTHING, exempt: ['10.0.0.5:6443'] };

    expect(ruleFor(rule, '10.0.0.5', 443)).toBe(rule);
  });

  test('an exempt host still may not lead to the metadata service', async () => {
    const http = createHttp(
      { ...NOTHING, exempt: ['api.corp', '169.254.169.254'] },
      resolvingTo('169.254.169.254'),
    );

    for (const url of ['http://api.corp/', 'http://169.254.169.254/latest/meta-data'])
      await faultOf(http.request(get(url)), 'egress-denied');
  });
});

describe('names', () => {
  test('one refused address refuses the name', async () => {
    const lookup = egressLookup(NOTHING, resolvingTo('8.8.8.8', '10.0.0.1'));

    expect(await resolved(lookup, true)).toMatchObject({
      code: 'egress-denied',
      data: { address: '10.0.0.1' },
    });
  });

  test('what was checked is what is handed over, in either form', async () => {
    const lookup = egressLookup(NOTHING, resolvingTo('8.8.8.8', '2606:4700::1111'));

    expect(await resolved(lookup, true)).toEqual([
      { address: '8.8.8.8', family: 4 },
      { address: '2606:4700::1111', family: 6 },
    ]);
    expect(await resolved(lookup, false)).toBe('8.8.8.8');
  });

  test('a name without addresses is unreachable', async () => {
    expect(await resolved(egressLookup(NOTHING, resolvingTo()), true)).toMatchObject({ code: 'unreachable' });
  });

  test('a name is resolved once and the connection goes to the checked address', async () => {
    let lookups = 0;
    const url = await serve((_request, response) => response.end('here'));
    const rebinding: LookupFunction = (_host, _options, callback) => {
      lookups++;
      callback(null, [{ address: lookups === 1 ? '127.0.0.1' : '10.0.0.1', family: 4 }]);
    };
    const http = createHttp({ loopback: true, privateRanges: false }, rebinding);

    const answer = await http.request(get(url.replace('127.0.0.1', 'rebind.test')));

    expect([Buffer.from(answer.body).toString(), lookups]).toEqual(['here', 1]);
  });

  test.each([
    'http://127.0.0.1:1/',
    'http://[::1]:1/',
    'http://2130706433:1/',
    'http://0x7f.1:1/',
    'http://[::ffff:127.0.0.1]:1/',
  ])('the literal %s is judged although it is never looked up', async (url) => {
    await faultOf(createHttp(NOTHING).request(get(url)), 'egress-denied');
  });
});

function get(url: string): Parameters<ReturnType<typeof createHttp>['request']>[0] {
  return { method: 'GET', url, signal: AbortSignal.timeout(5000), maxBytes: 1000 };
}

function resolvingTo(...addresses: readonly string[]): LookupFunction {
  return (_host, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
}

function resolved(lookup: LookupFunction, all: boolean): Promise<unknown> {
  return new Promise((resolve) =>
    lookup('name.test', { all }, (error, address) => resolve(error ?? address)),
  );
}
