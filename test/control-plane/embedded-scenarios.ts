import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Both, both, type Step } from './embedded-both.ts';

/** Each scenario has a namespace of its own. */
const NAMESPACE: Step = ['POST', '/api/v1/namespaces', { metadata: { name: 'NS' } }];

/** Declares a test a scenario: the embedded cluster answers its steps as a real API server does. */
export function answeredAlike(scenarios: Readonly<Record<string, readonly Step[]>>): void {
  let servers: Both;
  beforeAll(async () => {
    servers = await both({ server: inject('server'), ca: inject('ca'), token: inject('token') });
  });
  afterAll(() => servers.close());

  test.each(Object.entries(scenarios))('%s are answered as by a real API server', async (_, steps) => {
    const namespace = `embedded-${randomBytes(4).toString('hex')}`;

    const { theirs, ours } = await servers.ask(namespace, [NAMESPACE, ...steps]);

    expect(ours).toEqual(theirs);
  });
}
