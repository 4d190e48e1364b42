import { bootstrap } from './bootstrap/bootstrap.ts';
import { caOf, personsHttp, withoutSecrets } from './bootstrap/command.ts';
import { BOOTSTRAP_FLAGS, bootstrapOptions, httpsUrl, required } from './bootstrap/options.ts';
import type { Command } from './command.ts';
import { usage } from './problems.ts';
import { openPresentState } from './state.ts';

/** `sluice bootstrap git`: a repository at any server, which is there already. */
export const command: Command = {
  takes: [],
  about: [
    'Let a cluster follow a folder of a repository at any Git server, as "flux bootstrap git" does, without',
    'controllers in the cluster. It may be run again at any time: it does what is missing.',
    '',
    'Your password or token comes from GIT_PASSWORD; it is neither printed nor, without --token-auth, kept.',
    'The source reads with the token in SLUICE_SOURCE_TOKEN, which is kept in the cluster.',
  ],
  examples: [
    'sluice bootstrap git --cluster prod --url https://git.example.com/fleet.git --path clusters/prod',
  ],
  flags: {
    url: { type: 'string', value: 'URL', help: "the repository's https address (required)" },
    username: { type: 'string', value: 'NAME', help: 'user at the server (default: git)' },
    ...BOOTSTRAP_FLAGS,
  },
  async run(input, world) {
    const options = bootstrapOptions(input);
    const url = httpsUrl(required(input, 'url'), 'url');
    const password = world.env.GIT_PASSWORD ?? '';
    if (options.tokenAuth && password === '') throw usage('--token-auth needs your token in GIT_PASSWORD');
    const readToken = world.env.SLUICE_SOURCE_TOKEN ?? '';
    const ca = await caOf(options.caFile, world);
    await withoutSecrets([password, readToken], async () =>
      bootstrap({
        ...{ world, options, http: personsHttp(world), state: await openPresentState(input, world) },
        person: { username: input.text('username') ?? 'git', password },
        repository: async () => ({ url, isPrivate: password !== '', created: false }),
        ...(ca !== undefined && { ca }),
        ...(readToken !== '' && { readToken }),
      }),
    );
  },
};
