import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import type { Channel, Client } from 'ssh2';
import { expect, test } from 'vitest';
import { converse } from '../../../shared/adapters/git/ssh/conversation.ts';
import { faultOf } from '../../contracts/fault-of.ts';

function talking() {
  const channel = Object.assign(new PassThrough(), { stderr: new PassThrough() });
  let hungUp = 0;
  const client = Object.assign(new EventEmitter(), { destroy: () => hungUp++ });
  const talk = converse(
    client as unknown as Client,
    channel as unknown as Channel,
    'git.example.com',
    AbortSignal.timeout(20_000),
  );
  return { channel, talk, hungUp: () => hungUp };
}

test('what comes behind a flush is the next answer', async () => {
  const { channel, talk, hungUp } = talking();

  channel.write('0005a00000005b0000');

  expect((await talk.read('flush', 100)).toString()).toBe('0005a0000');
  expect((await talk.read('flush', 100)).toString()).toBe('0005b0000');
  expect([talk.over(), hungUp()]).toEqual([false, 0]);
});

test.each([
  ['that is no packet lines', 'malformed', (channel: PassThrough) => channel.write('<html>')],
  ['that breaks off with an error', 'unreachable', (channel: PassThrough) => channel.destroy(new Error('x'))],
  ['that is too large', 'too-large', (channel: PassThrough) => channel.write(`0fff${'x'.repeat(4091)}`)],
  ['that is a refusal', 'unreachable', (channel: PassThrough) => channel.end()],
] as const)('an answer %s ends the connection', async (_what, code, say) => {
  const { channel, talk, hungUp } = talking();

  say(channel);

  await faultOf(talk.read('flush', 100), code);
  expect([talk.over(), hungUp()]).toEqual([true, 1]);
});
