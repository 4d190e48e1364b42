import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { World } from '../../../infra/cli/world.ts';
import { alternative, choose, headline } from '../../../infra/local/demo/choice.ts';
import { demoOptions } from '../../../infra/local/demo/options.ts';
import { systemClock } from '../../../shared/adapters/local/system.ts';

const dir = mkdtempSync(join(tmpdir(), 'sluice-choice-'));
const listening: Server = createServer((socket) => socket.destroy());
let port = 0;
beforeAll(async () => {
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  port = (listening.address() as { port: number }).port;
});
afterAll(() => {
  listening.close();
  rmSync(dir, { recursive: true, force: true });
});

const SILENT_WORLD: World = {
  out: () => undefined,
  err: () => undefined,
  interactive: false,
  symbols: false,
  ask: async () => '',
  env: {},
  cwd: dir,
  home: dir,
  clock: systemClock,
};

function worldWith(context: string, server: string, answer?: string, extensions = ''): World {
  const file = join(dir, 'config');
  const text = `apiVersion: v1
kind: Config
current-context: ${context}
contexts: [{name: ${context}, context: {cluster: c, user: u${extensions}}}]
clusters: [{name: c, cluster: {server: "${server}"}}]
users: [{name: u, user: {token: t}}]
`;
  writeFileSync(file, text);
  return {
    ...SILENT_WORLD,
    env: { KUBECONFIG: file },
    interactive: answer !== undefined,
    ask: async () => answer ?? '',
  };
}

describe('which cluster the demo plays on', () => {
  test.each(['kind-dev', 'k3d-dev', 'minikube', 'docker-desktop'])(
    'offers %s when it is the current context and answers',
    async (context) => {
      const server = `https://127.0.0.1:${port}`;
      const options = demoOptions([]);

      const refused = await choose(options, worldWith(context, server, 'n'));
      const taken = await choose(options, worldWith(context, server, 'y'));
      const alone = await choose(options, worldWith(context, server));

      expect(refused).toMatchObject({ kind: 'embedded', instead: { name: context } });
      expect(taken).toMatchObject({ kind: 'given', context, kubeconfig: join(dir, 'config') });
      expect(alternative(alone)).toContain(`--context ${context}`);
    },
  );

  test('knows a profile of minikube by its extension', async () => {
    const extension = ', extensions: [{name: context_info, extension: {provider: minikube.sigs.k8s.io}}]';
    const world = worldWith('work', `https://127.0.0.1:${port}`, undefined, extension);

    expect(await choose(demoOptions([]), world)).toMatchObject({ instead: { tool: 'minikube' } });
  });

  test('offers no cluster that is somewhere else, is down, or cannot be read', async () => {
    const embedded = { kind: 'embedded' };

    expect(await choose(demoOptions([]), worldWith('prod', `https://127.0.0.1:${port}`, 'y'))).toEqual(
      embedded,
    );
    expect(await choose(demoOptions([]), worldWith('kind-dev', 'https://127.0.0.1:1', 'y'))).toEqual(
      embedded,
    );
    expect(await choose(demoOptions([]), worldWith('kind-dev', 'nonsense', 'y'))).toEqual(embedded);
    expect(await choose(demoOptions([]), { ...SILENT_WORLD, env: { KUBECONFIG: '/nonexistent' } })).toEqual(
      embedded,
    );
  });

  test('does as the flags say without looking', async () => {
    const world = worldWith('kind-dev', `https://127.0.0.1:${port}`, 'y');

    expect(await choose(demoOptions(['--control-plane']), world)).toEqual({ kind: 'control-plane' });
    expect(await choose(demoOptions(['--kubeconfig', 'f', '--context', 'c']), world)).toEqual({
      ...{ kind: 'given', kubeconfig: 'f', context: 'c' },
    });
    expect(() => demoOptions(['--kubeconfig', 'f', '--control-plane'])).toThrow('not both');
  });

  test('says in the first line what it plays on', () => {
    expect(headline({ kind: 'embedded' })).toMatch(/embedded.*no container runs/);
    expect(headline({ kind: 'control-plane' })).toMatch(/real Kubernetes control plane/);
    expect(headline({ kind: 'given', kubeconfig: 'f', context: 'kind-dev' })).toContain('kind-dev of f');
  });
});
