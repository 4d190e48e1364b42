import { describe, expect, inject, test } from 'vitest';
import { type ConnectOptions, connect } from '../../shared/adapters/kubernetes/connect.ts';
import { parseKubeconfig } from '../../shared/adapters/kubernetes/kubeconfig.ts';
import { faultOf } from '../contracts/fault-of.ts';
import { makeCertificate } from '../servers/certificate.ts';

const SYSTEM = { apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' };

function connectWith(options: Partial<ConnectOptions> = {}) {
  const credentials = { token: inject('token') };
  return connect({ id: 'c', server: inject('server'), ca: inject('ca'), credentials, ...options });
}

describe('a real API server', () => {
  test('through its kubeconfig', async () => {
    const cluster = connect({ id: 'c', ...parseKubeconfig(inject('kubeconfig')) });

    expect(await cluster.get(SYSTEM)).toBeDefined();
    cluster.close();
  });

  test('a wrong token is unauthorized, none is forbidden or unauthorized', async () => {
    const wrong = connectWith({ credentials: { token: 'not-the-token' } });
    const anonymous = connectWith({ credentials: {} });

    const { message, data } = await faultOf(wrong.facts(), 'unauthorized');
    const nobody: unknown = await anonymous.get(SYSTEM).catch((error: unknown) => error);

    expect(message).toBe('Unauthorized');
    expect(data).toMatchObject({ status: 401, reason: 'Unauthorized' });
    expect(nobody).toMatchObject({ code: expect.stringMatching(/^(forbidden|unauthorized)$/) });
    wrong.close();
    anonymous.close();
  });

  test('another CA is unreachable and says why; nothing is sent', async () => {
    const cluster = connectWith({ ca: makeCertificate().certificate });

    const { message } = await faultOf(cluster.facts(), 'unreachable');

    expect(message).toMatch(/certificate/);
    expect(message).not.toContain(inject('token'));
  });

  test('a port where nobody listens is unreachable', async () => {
    const cluster = connectWith({ server: 'https://127.0.0.1:1' });

    const { message } = await faultOf(cluster.facts(), 'unreachable');

    expect(message).toContain('connection refused');
  });

  test('a cold read is two requests, every later one of that group version one, whoever asks', async () => {
    const paths: string[] = [];
    const cluster = connectWith({ onRequest: ({ path }) => paths.push(path) });

    await cluster.get(SYSTEM);
    await cluster.get(SYSTEM);
    await cluster.until(new AbortController().signal).get({ ...SYSTEM, name: 'default' });
    await cluster
      .as('system:serviceaccount:a:b')
      .get(SYSTEM)
      .catch(() => undefined);
    await cluster.listMetadata({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default' });

    expect(paths).toEqual([
      '/api/v1',
      '/api/v1/namespaces/kube-system',
      '/api/v1/namespaces/kube-system',
      '/api/v1/namespaces/default',
      '/api/v1/namespaces/kube-system',
      '/api/v1/namespaces/default/configmaps?limit=500',
    ]);
    cluster.close();
  });
});
