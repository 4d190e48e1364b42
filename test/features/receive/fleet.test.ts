import { describe, expect, test } from 'vitest';
import type { HookEntry } from '../../../shared/receive/hook-entry.ts';
import { addressDigest } from '../../../shared/receive/repository-address.ts';
import { createReceiving, entry, PUBLISHED, pathOf, signed } from './world.ts';

const fleet = (overrides: Partial<HookEntry> = {}): HookEntry =>
  entry({ owner: { webhook: 'ours' }, resources: [], org: 'acme', ...overrides });
const PUSH = JSON.stringify({
  repository: {
    clone_url: 'https://git.example.com/Acme/App.git',
    ssh_url: 'git@ssh.example.com:acme/app.git',
  },
});
const DIGESTS = ['git.example.com/acme/app', 'ssh.example.com/acme/app'].map(addressDigest);

/** The status that a webhook of the fleet answers, and what it hands on. */
async function answered(
  known: HookEntry,
  body: string,
  headers: Readonly<Record<string, string>> = signed(body),
) {
  const receiving = await createReceiving(known);
  const { statusCode } = await receiving.post(pathOf(known), body, headers);
  return { statusCode, messages: await receiving.arrived() };
}

describe('a webhook of the fleet', () => {
  test('hands on the repositories that a delivery names, and no Receiver', async () => {
    const { statusCode, messages } = await answered(fleet(), PUSH);

    expect(statusCode).toBe(202);
    expect(messages).toEqual([expect.objectContaining({ receivers: [], repositories: DIGESTS })]);
  });

  test('reads forms, too', async () => {
    const form = new URLSearchParams({ payload: PUSH }).toString();
    const headers = signed(form, undefined, { 'content-type': 'application/x-www-form-urlencoded' });

    expect((await answered(fleet(), form, headers)).messages[0]?.repositories).toEqual(DIGESTS);
  });

  test('listens to its organisation alone, or to all', async () => {
    expect(await answered(fleet({ org: 'other' }), PUSH)).toEqual({ statusCode: 200, messages: [] });
    const { org: _none, ...all } = fleet();
    expect((await answered(all, PUSH)).statusCode).toBe(202);
  });

  test('has nothing to do where no repository is named, and refuses what is no JSON', async () => {
    expect(await answered(fleet(), '{"zen":"Keep it logically awesome."}')).toEqual({
      statusCode: 200,
      messages: [],
    });
    expect(await answered(fleet(), 'not JSON')).toEqual({ statusCode: 400, messages: [] });
  });

  test('is proven as its type is', async () => {
    expect((await answered(fleet(), PUSH, signed(PUSH, 'wrong'))).statusCode).toBe(404);
    const { token } = PUBLISHED;
    expect((await answered(fleet({ type: 'gitlab' }), PUSH, { 'x-gitlab-token': token })).statusCode).toBe(
      202,
    );
    expect((await answered(fleet({ type: 'gitlab' }), PUSH, { 'x-gitlab-token': 'x' })).statusCode).toBe(404);
    expect((await answered(fleet({ type: 'harbor' }), PUSH, { authorization: token })).statusCode).toBe(202);
    expect((await answered(fleet({ type: 'generic' }), PUSH, {})).statusCode).toBe(202);
  });
});
