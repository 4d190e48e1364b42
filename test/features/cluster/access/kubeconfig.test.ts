import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { toKubeconfig } from '../../../../infra/local/cluster/access/kubeconfig.ts';

const WHERE = { url: 'https://127.0.0.1:6443', ca: 'CA', name: 'sluice' };
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('a kubeconfig', () => {
  test('holds all that a client needs', () => {
    expect(parse(toKubeconfig({ ...WHERE, credentials: { token: 'secret' } }))).toEqual({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'sluice',
          cluster: { server: 'https://127.0.0.1:6443', 'certificate-authority-data': base64('CA') },
        },
      ],
      users: [{ name: 'sluice', user: { token: 'secret' } }],
      contexts: [{ name: 'sluice', context: { cluster: 'sluice', user: 'sluice' } }],
      'current-context': 'sluice',
    });
  });

  test('of a certificate holds it with its key, and a namespace when one is wished for', () => {
    const credentials = { certificate: 'CERTIFICATE', key: 'KEY' };

    const { users, contexts } = parse(toKubeconfig({ ...WHERE, credentials, namespace: 'apps' }));

    expect(users[0].user).toEqual({
      'client-certificate-data': base64('CERTIFICATE'),
      'client-key-data': base64('KEY'),
    });
    expect(contexts[0].context.namespace).toBe('apps');
  });
});
