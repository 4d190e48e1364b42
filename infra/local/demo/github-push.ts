import { createHmac } from 'node:crypto';
import { systemChance } from '../../../shared/adapters/local/system.ts';
import { Fault } from '../../../shared/core/failures.ts';
import type { Commit } from './repository.ts';

/** Where a Git host delivers, and what it signs with. */
export interface Webhook {
  readonly url: string;
  readonly token: string;
}

/** Delivers a commit as GitHub does: a `push` event, signed with the token. Fault `server-error` unless it is taken. */
export async function deliverPush(
  webhook: Webhook,
  repository: string,
  commit: Commit,
  message: string,
): Promise<void> {
  const body = JSON.stringify({
    ref: 'refs/heads/main',
    after: commit.id,
    repository: { full_name: 'demo/gitops', clone_url: repository },
    pusher: { name: 'demo' },
    head_commit: { id: commit.id, message },
  });
  const signature = createHmac('sha256', webhook.token).update(body).digest('hex');
  const answer = await fetch(webhook.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/demo',
      'x-github-event': 'push',
      'x-github-delivery': systemChance.uuid(),
      'x-hub-signature-256': `sha256=${signature}`,
    },
    body,
  });
  const text = await answer.text();
  if (!answer.ok) throw new Fault('server-error', `the webhook was answered ${answer.status}: ${text}`);
}
