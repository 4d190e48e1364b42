import { hostCommand } from './bootstrap/command.ts';
import { gitlab, gitlabBase } from './bootstrap/gitlab.ts';

/** `sluice bootstrap gitlab`. */
export const command = hostCommand({
  name: 'gitlab',
  title: 'GitLab',
  tokenVariable: 'GITLAB_TOKEN',
  defaultHostname: 'gitlab.com',
  base: gitlabBase,
  headers: (token) => ({ 'private-token': token }),
  open: gitlab,
  about: ['The cluster reads with a deploy token of its own, which may read this project and nothing else.'],
});
