import { createGit } from '../../shared/adapters/git/git.ts';
import { createHttp } from '../../shared/adapters/http/client.ts';
import { fetchArtifact, resolveRemote } from '../../shared/artifact/git-source.ts';

// A process of its own, so that its memory is that of one worker: `node fetch-once.ts <url> <times>` prints MiB.
const [url = '', times = '1'] = process.argv.slice(2);
const git = createGit({ http: createHttp({ loopback: true, privateRanges: false }) });
for (let count = 0; count < Number(times); count++) {
  const remote = git.open({ url, auth: {} }, AbortSignal.timeout(120_000));
  await fetchArtifact(remote, await resolveRemote(remote, { branch: 'main' }));
}
process.stdout.write(`${Math.round(process.resourceUsage().maxRSS / 1024)}\n`);
