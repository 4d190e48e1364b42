import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openNursery } from '../control-plane/processes.ts';
import { type AwsServer, untilListening } from './aws-server.ts';
import { cacheDirectory } from './cache.ts';
import { buildPrograms, checkGo } from './go.ts';
import { freePorts } from './ports.ts';

const MODULE = join(import.meta.dirname, 's3-module');
const PROGRAM = { name: 'versitygw', package: 'github.com/versity/versitygw/cmd/versitygw' };
/** What to tell someone who has no S3 server. */
const HOW_TO_BUILD = 'the S3 server is not built: npm run servers (once, needs Go)';

/** The path of the S3 server; undefined when it is not built yet. */
export function s3Program(): string | undefined {
  const path = join(directory(), PROGRAM.name);
  return existsSync(path) ? path : undefined;
}

/** Builds the S3 server unless it is there. */
export async function buildS3Server(): Promise<string> {
  const present = s3Program();
  if (present !== undefined) return present;
  checkGo(MODULE);
  await buildPrograms('s3-server', MODULE, [PROGRAM], directory());
  return join(directory(), PROGRAM.name);
}

/** Starts versitygw, a real S3 server over a folder, on a free port of the loopback. */
export async function startS3Server(): Promise<AwsServer> {
  const program = s3Program();
  if (program === undefined) throw new Error(HOW_TO_BUILD);
  const place = await mkdtemp(join(tmpdir(), 'sluice-s3-'));
  const data = join(place, 'data');
  await mkdir(data);
  const [port = 0] = await freePorts(1);
  const credentials = { accessKeyId: 'sluice', secretAccessKey: 'only on loopback' };
  const nursery = openNursery(place);
  const server = nursery.start('versitygw', program, [
    ...['--port', `127.0.0.1:${port}`, '--region', 'eu-central-1', '--quiet', '--keep-alive'],
    ...['--access', credentials.accessKeyId, '--secret', credentials.secretAccessKey],
    // Etags are in the files' extended attributes: beside them (--sidecar) a reader may see another file's.
    ...['posix', data],
  ]);
  await untilListening(port, server);
  return {
    access: { region: 'eu-central-1', endpoint: `http://127.0.0.1:${port}`, credentials },
    async stop() {
      await nursery.close();
      await rm(place, { recursive: true, force: true });
    },
  };
}

function directory(): string {
  const pins = ['go.mod', 'go.sum'].map((file) => readFileSync(join(MODULE, file)));
  return cacheDirectory('s3-server', ...pins);
}
