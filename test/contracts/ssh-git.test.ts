import { describe } from 'vitest';
import { startSshServer } from '../servers/sshd.ts';
import { gitContract } from './git.ts';
import { realWriter } from './git-servers.ts';
import { servedWorld } from './git-world.ts';

describe.each([
  ['2', false],
  ['0', true],
])('[GR-27 ssh] OpenSSH, protocol version %s', (_version, onlyV0) => {
  gitContract(
    servedWorld(async (root) => {
      const { url, identity, knownHosts, stop } = await startSshServer(root, { onlyV0 });
      return { url, stop, auth: { identity, knownHosts } };
    }, realWriter),
  );
});
