import { hostCommand } from './bootstrap/command.ts';
import { gitea } from './bootstrap/github.ts';

/** `sluice bootstrap gitea`. */
export const command = hostCommand({
  name: 'gitea',
  title: 'Gitea or Forgejo',
  tokenVariable: 'GITEA_TOKEN',
  base: (hostname) => `https://${hostname}/api/v1`,
  headers: (token) => ({ authorization: `token ${token}` }),
  open: gitea,
  about: [
    'A private repository is read with the token in SLUICE_SOURCE_TOKEN, which is kept in the cluster',
    '(repository: read), or with --token-auth by your own.',
  ],
});
