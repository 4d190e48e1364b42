import { describe } from 'vitest';
import { gitContract } from './git.ts';
import { nodeWriter, startNodeServer } from './git-servers.ts';
import { servedWorld } from './git-world.ts';

describe.each([
  ['2', false],
  ['0', true],
])('written and served without git, protocol version %s', (_version, onlyV0) => {
  gitContract(servedWorld((root) => startNodeServer(root, { onlyV0 }), nodeWriter));
});
