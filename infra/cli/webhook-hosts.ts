import { receiverType } from '../../shared/receive/receiver-types.ts';
import { usage } from './problems.ts';

/** A host whose webhooks can be for a whole organisation. */
export interface WebhookHost {
  /** Whether a webhook is for one organisation, group or project, or may be for all that the host tells of. */
  readonly org: 'required' | 'optional';
  /** Where the URL and the secret are to be put; an organisation in capitals is filled in. */
  readonly where: readonly string[];
}

const HOSTS: Readonly<Record<string, WebhookHost>> = {
  github: {
    org: 'required',
    where: [
      'GitHub: the organisation ORG > Settings > Webhooks > Add webhook. Gitea, Forgejo: the same, type Gitea.',
      '  Payload URL   the URL      Content type   application/json      Secret   the secret',
      '  Events        pushes; packages too, for images in ghcr.io',
    ],
  },
  gitlab: {
    org: 'required',
    where: [
      'GitLab: the group ORG > Settings > Webhooks > Add new webhook (of a group: Premium; else each project).',
      '  URL   the URL      Secret token   the secret      Trigger   Push events, Tag push events',
    ],
  },
  harbor: {
    org: 'optional',
    where: [
      'Harbor: the project ORG > Webhooks > New webhook.',
      '  Notify type   http      Event type   Artifact pushed',
      '  Endpoint URL  the URL   Auth Header  the secret',
    ],
  },
  generic: {
    org: 'optional',
    where: [
      'Anything that can send a request: whoever knows the URL can wake your sources, so keep it as a secret.',
      `  curl -X POST URL -d '{"repository": "https://git.example.com/org/app"}'`,
    ],
  },
};

/** The host of that name. Fault `invalid` with exit code 2 lists those there are. */
export function webhookHost(type: string): WebhookHost {
  const host = Object.hasOwn(HOSTS, type) && receiverType(type) ? HOSTS[type] : undefined;
  if (host === undefined) throw usage(`unknown type "${type}"; choose ${Object.keys(HOSTS).join(', ')}`);
  return host;
}
