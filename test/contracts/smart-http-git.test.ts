import { describe } from 'vitest';
import { startGitServer } from '../servers/git-http.ts';
import { gitContract } from './git.ts';
import { nodeWriter, realWriter, startNodeServer } from './git-servers.ts';
import { servedWorld } from './git-world.ts';

describe.each([
  ['2', false],
  ['0', true],
])('[GR-27 smart-http] smart HTTP, protocol version %s', (_version, onlyV0) => {
  gitContract(servedWorld((root) => startGitServer(root, { onlyV0 }), realWriter));
});

describe.each([
  ['2', false],
  ['0', true],
])('what git wrote, served without git, protocol version %s', (_version, onlyV0) => {
  gitContract(servedWorld((root) => startNodeServer(root, { onlyV0 }), realWriter));
});

describe('what was written without git, served by git', () => {
  gitContract(servedWorld((root) => startGitServer(root), nodeWriter));
});
