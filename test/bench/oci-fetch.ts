import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttp } from '../../shared/adapters/http/client.ts';
import { systemClock } from '../../shared/adapters/local/system.ts';
import type { OCIRepository } from '../../shared/api/oci-repository.ts';
import type { Member } from '../../shared/artifact/directory.ts';
import { writeTarGz } from '../../shared/core/tar/write-tar-gz.ts';
import { openRegistry } from '../../shared/oci/registry.ts';
import { parseRepository } from '../../shared/oci/repository.ts';
import type { Http } from '../../shared/ports.ts';
import { pull } from '../../shared/reconcile/oci-repository/pull.ts';
import { hasOciPrograms } from '../servers/oci-programs.ts';
import { FLUX, pushArtifact } from '../servers/oci-push.ts';
import { type OciServer, startRegistry } from '../servers/oci-server.ts';
import { type BenchRow, best } from './row.ts';

const RUNS = 10;
const SHAPES = [200, 5000];

/** Pulling and packing an OCI artifact beside `curl | tar -x` and `tar | gzip -6` on tmpfs; requests for an unchanged one. */
export async function run(): Promise<BenchRow[]> {
  if (!hasOciPrograms()) return [];
  const server = await startRegistry();
  const root = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'bench-oci-'));
  try {
    const rows: BenchRow[] = [];
    for (const files of SHAPES) rows.push(await compare(server, files, root));
    return [...rows, await countUnchanged(server, SHAPES[0] ?? 0)];
  } finally {
    await server.stop();
    await rm(root, { recursive: true, force: true });
  }
}

async function compare(server: OciServer, files: number, root: string): Promise<BenchRow> {
  const { body } = await writeTarGz(membersOf(files), 1e9);
  const to = { url: server.url, repository: `bench/n${files}` };
  const layers = [{ mediaType: FLUX.content, body }];
  await pushArtifact(to, 'latest', layers);
  const work = opened(server, files, createHttp({ loopback: true, privateRanges: false }));
  let ours = Number.POSITIVE_INFINITY;
  let peer = Number.POSITIVE_INFINITY;
  const { blobUrl } = await work.pull();
  for (let round = 0; round < RUNS; round++) {
    ours = Math.min(ours, await best(1, work.pull));
    peer = Math.min(peer, await best(1, () => unpackAndPack(blobUrl, root)));
    await rm(join(root, 'tree'), { recursive: true });
  }
  const note = `layer of ${Math.round(body.length / 1024)} KiB, best of ${RUNS}`;
  return {
    id: 'oci',
    what: `pull and pack, ${files} files`,
    ours,
    peer,
    ratio: ours / peer,
    unit: 'ms',
    note,
  };
}

async function countUnchanged(server: OciServer, files: number): Promise<BenchRow> {
  let requests = 0;
  const http = createHttp({ loopback: true, privateRanges: false });
  const counting: Http = {
    request(request) {
      requests++;
      return http.request(request);
    },
  };
  const { look } = opened(server, files, counting);
  await look();
  requests = 0;
  await look();
  const ours = requests;
  const time = await best(RUNS, look);
  return {
    id: 'oci',
    what: 'unchanged artifact',
    ours,
    unit: 'requests',
    note: `${time.toFixed(1)} ms on loopback`,
  };
}

/** One visit's work on the artifact of so many files. */
function opened(server: OciServer, files: number, http: Http) {
  const url = `oci://${server.host}/bench/n${files}`;
  const access = { http, clock: systemClock, credentials: undefined, insecure: true };
  // Any pattern switches the default exclusions off: both sides pack the same files.
  const object = { spec: { url, ignore: '/no-such-directory/' } } as OCIRepository;
  const open = () => openRegistry(parseRepository(url), { ...access, signal: AbortSignal.timeout(60_000) });
  return {
    look: () => open().digestOf('latest'),
    async pull() {
      const registry = open();
      const digest = await registry.digestOf('latest');
      const remote = { revision: `latest@${digest}`, digest, reference: url };
      const pulled = await pull(object, remote, registry);
      if ('trouble' in pulled) throw new Error(pulled.trouble.message);
      const manifest = JSON.parse(Buffer.from((await registry.manifest(digest)).bytes).toString()) as {
        layers: readonly { digest: string }[];
      };
      return { blobUrl: `${server.url}/v2/bench/n${files}/blobs/${manifest.layers[0]?.digest}` };
    },
  };
}

async function unpackAndPack(blobUrl: string, root: string): Promise<void> {
  const directory = join(root, 'tree');
  await mkdir(directory);
  const script = `curl -sSf '${blobUrl}' | tar -xzf - && tar -cf - . | gzip -6 > ../tree.tar.gz`;
  const child = spawn('sh', ['-c', script], { cwd: directory, stdio: 'inherit' });
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`curl, tar and gzip ended with ${code}`);
}

/** Manifests as people write them, some 1 KB each. */
function* membersOf(files: number): Generator<Member> {
  for (let index = 0; index < files; index++) {
    const lines = Array.from(
      { length: 30 },
      (_, line) => `  key-${line}: value-${(index * 7919 + line * 104_729) % 1_000_003}`,
    );
    const text = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: n${index}\ndata:\n${lines.join('\n')}\n`;
    yield { path: `apps/n${index}.yaml`, kind: 'file', data: Buffer.from(text) };
  }
}
