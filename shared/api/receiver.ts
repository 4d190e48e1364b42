import * as z from 'zod';
import { EventObjectReference } from './alert.ts';
import { commonStatus, LocalObjectReference, Metadata, UNOBSERVED } from './meta.ts';
import { AGE, describeKind, READY, STATUS } from './printer-columns.ts';
import { Duration, type Infer, rules } from './schema.ts';
import { API_VERSION } from './vocabulary.ts';

/** Objects to wake: one, or (name `*`) those with the labels; `filter` is CEL over the delivery. */
export const ReceiverResource = EventObjectReference.extend({
  filter: z.string().exactOptional().describe('CEL: whether a delivery concerns these objects.'),
});
export type ReceiverResource = Infer<typeof ReceiverResource>;

/** An issuer of tokens, and CEL that a token's claims must satisfy. */
export const OIDCProvider = z.object({
  issuerURL: z.string().regex(/^https?:\/\//),
  audience: z.string().exactOptional(),
  variables: z.array(z.object({ name: z.string(), expression: z.string() })).exactOptional(),
  validations: z.array(z.object({ expression: z.string(), message: z.string() })).min(1),
});
export type OIDCProvider = Infer<typeof OIDCProvider>;

/** What a Receiver asks for. */
export const ReceiverSpec = rules(
  z.object({
    type: z.enum([
      'generic',
      'generic-hmac',
      'generic-oidc',
      'github',
      'gitlab',
      'bitbucket',
      'harbor',
      'dockerhub',
      'quay',
      'gcr',
      'nexus',
      'acr',
      'cdevents',
    ]),
    events: z.array(z.string()).exactOptional().describe('The events that count; all when left out.'),
    resources: z.array(ReceiverResource).describe('What to reconcile on a delivery.'),
    resourceFilter: z.string().exactOptional().describe('CEL: whether a delivery concerns an object.'),
    secretRef: LocalObjectReference.exactOptional().describe(
      'The token that makes the URL and the signature.',
    ),
    oidcProviders: z
      .array(OIDCProvider)
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['issuerURL'] })
      .exactOptional(),
    interval: Duration.default('10m').describe('How often to look at the Secret again.'),
    suspend: z.boolean().exactOptional().describe('Refuse deliveries.'),
  }),
  {
    message: 'generic-oidc receivers must define at least one oidcProvider',
    rule: "self.type != 'generic-oidc' || (has(self.oidcProviders) && size(self.oidcProviders) > 0)",
  },
  {
    message: 'oidcProviders can only be set when type is generic-oidc',
    rule: "self.type == 'generic-oidc' || !has(self.oidcProviders) || size(self.oidcProviders) == 0",
  },
  {
    message: 'secretRef cannot be set when type is generic-oidc',
    rule: "self.type != 'generic-oidc' || !has(self.secretRef)",
  },
  {
    message: 'secretRef is required when type is not generic-oidc',
    rule: "self.type == 'generic-oidc' || has(self.secretRef)",
  },
);
export type ReceiverSpec = Infer<typeof ReceiverSpec>;

/** What is known of a Receiver. */
export const ReceiverStatus = z.object({
  ...commonStatus,
  webhookPath: z.string().exactOptional().describe('Where deliveries are to be sent.'),
});
export type ReceiverStatus = Infer<typeof ReceiverStatus>;

/** A webhook that wakes objects. */
export const Receiver = z
  .object({
    apiVersion: z.literal(API_VERSION.receiver),
    kind: z.literal('Receiver'),
    metadata: Metadata,
    spec: ReceiverSpec,
    status: ReceiverStatus.default(UNOBSERVED),
  })
  .meta(describeKind('A webhook that wakes objects.', AGE, READY, STATUS));
export type Receiver = Infer<typeof Receiver>;
