import { lookup } from 'node:dns';
import { afterEach, describe, expect, test } from 'vitest';
import { createTargets } from '../../../shared/adapters/kubernetes/targets.ts';
import type { Profile } from '../../../shared/ports.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import { type ApiStub, sendJson, startApiStub } from '../../servers/api-stub.ts';

const REFERENCE = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'apps', name: 'a' };
const stubs: ApiStub[] = [];
afterEach(async () => {
  for (const stub of stubs.splice(0)) await stub[Symbol.asyncDispose]();
});

/** Targets, a server for them, and who was seen there. */
async function startTargets() {
  const tokens: (string | undefined)[] = [];
  const profiles: Profile[] = [];
  const stub = await startApiStub((request, response) => {
    tokens.push(request.headers.authorization);
    sendJson(response, 200, { ...REFERENCE, metadata: { name: 'a', namespace: 'apps' } });
  });
  stubs.push(stub);
  const lookupForTarget = (profile: Profile) => {
    profiles.push(profile);
    return lookup;
  };
  const reach = createTargets({ lookupForTarget });
  const at = (token: string, profile: Profile = 'flux') =>
    reach({ profile, server: stub.server, ca: stub.ca, token });
  return { reach, at, stub, tokens, profiles };
}

describe("tenants' clusters", () => {
  test('share a connection when they are described alike, and never when credentials or profile differ', async () => {
    const { at, stub, tokens, profiles } = await startTargets();

    for (const cluster of [at('one'), at('one'), at('two'), at('one', 'lockdown')])
      await cluster.get(REFERENCE);

    expect(stub.connections()).toBe(3);
    expect(tokens).toEqual(['Bearer one', 'Bearer one', 'Bearer two', 'Bearer one']);
    expect(profiles).toEqual(['flux', 'flux', 'lockdown']);
    expect(at('one').id).not.toContain('one');
  });

  test('are forgotten one after the other, and opened anew when they are needed', async () => {
    const { at, stub } = await startTargets();
    await at('first').get(REFERENCE);
    for (let n = 0; n < 64; n++) at(`other-${n}`);

    await at('first').get(REFERENCE);

    expect(stub.connections()).toBe(2);
  });

  test('that never end a list are not listened to for ever', async () => {
    const items = Array.from({ length: 500 }, () => ({ metadata: { name: 'a' } }));
    const stub = await startApiStub((_request, response) =>
      sendJson(response, 200, { metadata: { resourceVersion: '1', continue: 'more' }, items }),
    );
    stubs.push(stub);
    const reach = createTargets({ lookupForTarget: () => lookup });
    const cluster = reach({ profile: 'flux', server: stub.server, ca: stub.ca, token: 't' });

    const { message } = await faultOf(cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }), 'too-large');
    expect(message).toBe('the server lists more than 20000 objects of kind ConfigMap');
    expect(stub.requests.length).toBeLessThan(50);
  });

  test('are reached by nobody who has no rule for their addresses', async () => {
    const refused = Promise.resolve().then(() =>
      createTargets({})({ profile: 'flux', server: 'https://a.example', token: 't' }),
    );
    await faultOf(refused, 'unsupported');
  });
});
