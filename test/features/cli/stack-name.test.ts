import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { asInput } from '../../../infra/cli/command.ts';
import { processWorld } from '../../../infra/cli/process-world.ts';
import { stackOf } from '../../../infra/cli/stack-name.ts';
import { openSession } from './recorded-world.ts';

function named(flags: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) {
  return stackOf(asInput(flags), { ...processWorld(), env });
}

describe('the deployment that is meant', () => {
  test('is one on this machine unless a stack is named', () => {
    expect(named({})).toBeUndefined();
    expect(named({ state: 'dir' })).toBeUndefined();
    expect(named({}, { AWS_REGION: 'eu-west-1', SLUICE_STACK: '' })).toBeUndefined();
  });

  test('is a stack by flags before variables', () => {
    const env = { SLUICE_STACK: 'one', AWS_REGION: 'eu-west-1' };
    expect(named({}, env)).toEqual({ name: 'one', region: 'eu-west-1' });
    expect(named({ stack: 'two', region: 'us-east-1' }, env)).toEqual({ name: 'two', region: 'us-east-1' });
    expect(named({ stack: 'two' }, { AWS_DEFAULT_REGION: 'eu-west-2' })?.region).toBe('eu-west-2');
    expect(named({ stack: 'two' }, { SLUICE_STATE: 'dir', AWS_REGION: 'eu-west-1' })?.name).toBe('two');
    expect(named({ state: 'dir' }, env)).toBeUndefined();
  });

  test.each([
    [{ stack: 'a' }, {}, /region of stack a is missing; give --region or set AWS_REGION/],
    [{ stack: 'a', state: 'b' }, {}, /exclude each other/],
    [{ stack: ' ' }, {}, /needs the name of a stack/],
    [{ region: 'eu-west-1' }, {}, /--region needs --stack/],
    [{}, { SLUICE_STACK: 'a', SLUICE_STATE: 'b' }, /both set/],
  ] as const)('%j with %j is refused', (flags, env, text) => {
    expect(() => named(flags, env)).toThrow(text);
  });
});

test('a command that is told a stack in part makes no state directory instead', async () => {
  const session = openSession({ env: { SLUICE_STACK: 'a' } });

  const { code, err } = await session.sluice('webhook', 'add', 'github', '--org', 'acme');

  expect(code).toBe(2);
  expect(err).toContain('region of stack a is missing');
  expect(readdirSync(session.cwd)).toEqual([]);
});
