import { startGitServer } from '../servers/git-http.ts';

// A process of its own, so that serving costs the measured process nothing: `node git-server.ts <root>`.
const server = await startGitServer(process.argv[2] ?? '.');
process.stdout.write(`${server.url}\n`);
process.on('SIGTERM', () => void server.stop().then(() => process.exit(0)));
