import type { ReceiverType } from '../receiver-type.ts';

/** GitLab sends the token itself (RC-27). */
export const gitlab: ReceiverType = {
  proof: { by: 'token', header: 'x-gitlab-token' },
  eventHeader: 'x-gitlab-event',
  deliveryHeader: 'x-gitlab-event-uuid',
};
