import * as z from 'zod';
import { LocalObjectReference, Metadata } from './meta.ts';
import { AGE, describeKind } from './printer-columns.ts';
import { Duration, type Infer, rules, ShortDuration } from './schema.ts';
import { API_VERSION } from './vocabulary.ts';

/** Every service that a Provider can send to. */
export const ProviderType = z.enum([
  'slack',
  'discord',
  'msteams',
  'rocket',
  'generic',
  'generic-hmac',
  'github',
  'gitlab',
  'gitea',
  'giteapullrequestcomment',
  'bitbucketserver',
  'bitbucket',
  'azuredevops',
  'googlechat',
  'googlepubsub',
  'webex',
  'sentry',
  'azureeventhub',
  'telegram',
  'lark',
  'matrix',
  'opsgenie',
  'alertmanager',
  'grafana',
  'githubdispatch',
  'githubpullrequestcomment',
  'gitlabmergerequestcomment',
  'pagerduty',
  'datadog',
  'nats',
  'zulip',
  'otel',
  'zoom',
  'incident.io',
]);
export type ProviderType = Infer<typeof ProviderType>;

/** What a Provider asks for. */
export const ProviderSpec = rules(
  z.object({
    type: ProviderType,
    address: z.string().max(2048).exactOptional().describe('Where to send; the Secret may hold it instead.'),
    channel: z.string().max(2048).exactOptional(),
    username: z.string().max(2048).exactOptional(),
    secretRef: LocalObjectReference.exactOptional().describe('Credentials, and the address if it is secret.'),
    serviceAccountName: z.string().exactOptional(),
    certSecretRef: LocalObjectReference.exactOptional(),
    proxy: z
      .string()
      .max(2048)
      .regex(/^(http|https):\/\/.*$/)
      .exactOptional()
      .describe('Deprecated: use proxySecretRef.'),
    proxySecretRef: LocalObjectReference.exactOptional(),
    timeout: ShortDuration.exactOptional().describe('How long sending may take.'),
    interval: Duration.exactOptional().describe('Deprecated: without effect.'),
    suspend: z.boolean().exactOptional().describe('Send nothing.'),
    commitStatusExpr: z.string().exactOptional().describe('CEL: the id of the commit status.'),
  }),
  {
    message:
      "spec.commitStatusExpr is only supported for the 'github', 'gitlab', 'gitea', 'bitbucketserver', 'bitbucket', 'azuredevops' provider types",
    rule: "self.type == 'github' || self.type == 'gitlab' || self.type == 'gitea' || self.type == 'bitbucketserver' || self.type == 'bitbucket' || self.type == 'azuredevops' || !has(self.commitStatusExpr)",
  },
);
export type ProviderSpec = Infer<typeof ProviderSpec>;

/** A place that events are sent to; it is never reconciled and has no status. */
export const Provider = z
  .object({
    apiVersion: z.literal(API_VERSION.notification),
    kind: z.literal('Provider'),
    metadata: Metadata,
    spec: ProviderSpec,
  })
  .meta(describeKind('A place that events are sent to.', AGE));
export type Provider = Infer<typeof Provider>;
