import { hostCommand } from './bootstrap/command.ts';
import { github, githubBase } from './bootstrap/github.ts';

/** `sluice bootstrap github`. */
export const command = hostCommand({
  name: 'github',
  title: 'GitHub',
  tokenVariable: 'GITHUB_TOKEN',
  defaultHostname: 'github.com',
  base: githubBase,
  headers: (token) => ({
    accept: 'application/vnd.github+json',
    authorization: `Bearer ${token}`,
    'x-github-api-version': '2022-11-28',
  }),
  open: github,
  about: [
    'A private repository is read with the token in SLUICE_SOURCE_TOKEN, which is kept in the cluster',
    '(fine-grained, contents: read), or with --token-auth by your own.',
  ],
});
