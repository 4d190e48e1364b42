import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeTarGz } from '../../../../shared/core/tar/write-tar-gz.ts';
import { FLUX, pushArtifact } from '../../../servers/oci-push.ts';
import { startRegistry } from '../../../servers/oci-server.ts';

const MODULE = join(import.meta.dirname, '../../../servers/notation-module');
const MAX_OUTPUT = 64 * 1024 * 1024;

/** Writes notation.json: an artifact, its signatures, and what notation's own verifier says of them. */
async function main(): Promise<void> {
  const data = Buffer.from('signed: true\n');
  const { body } = await writeTarGz([{ path: 'a.yaml', kind: 'file', data }], 1e6);
  const server = await startRegistry();
  const layers = [{ mediaType: FLUX.content, body }];
  const artifact = await pushArtifact({ url: server.url, repository: 'org/notation' }, 'latest', layers);
  await server.stop();
  const args = ['run', '.', artifact.digest, String(artifact.size)];
  const { stdout } = await promisify(execFile)('go', args, { cwd: MODULE, maxBuffer: MAX_OUTPUT });
  const layer = Buffer.from(body).toString('base64');
  const made = { layer, artifact, ...(JSON.parse(stdout) as object) };
  await writeFile(join(import.meta.dirname, 'notation.json'), `${JSON.stringify(made, undefined, 1)}\n`);
}

await main();
