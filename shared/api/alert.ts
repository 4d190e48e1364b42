import * as z from 'zod';
import { LocalObjectReference, Metadata } from './meta.ts';
import { AGE, describeKind } from './printer-columns.ts';
import { type Infer, StringMap } from './schema.ts';
import { API_VERSION } from './vocabulary.ts';

/** Names one object, or (name `*`) all of a kind that carry the labels, whose events or deliveries count. */
export const EventObjectReference = z.object({
  apiVersion: z.string().exactOptional(),
  kind: z.enum([
    'Bucket',
    'GitRepository',
    'Kustomization',
    'HelmRelease',
    'HelmChart',
    'HelmRepository',
    'ImageRepository',
    'ImagePolicy',
    'ImageUpdateAutomation',
    'OCIRepository',
    'ArtifactGenerator',
    'ExternalArtifact',
  ]),
  name: z.string().min(1).max(253).describe('A name, or `*` for all that match the labels.'),
  namespace: z.string().min(1).max(253).exactOptional(),
  matchLabels: StringMap.exactOptional(),
});
export type EventObjectReference = Infer<typeof EventObjectReference>;

/** What an Alert asks for. */
export const AlertSpec = z.object({
  providerRef: LocalObjectReference,
  eventSeverity: z
    .enum(['info', 'error'])
    .default('info')
    .describe('`error` lets errors pass only, `info` everything.'),
  eventSources: z.array(EventObjectReference).describe('Whose events to send.'),
  inclusionList: z.array(z.string()).exactOptional().describe('Regular expressions: messages to send.'),
  exclusionList: z.array(z.string()).exactOptional().describe('Regular expressions: messages to drop.'),
  eventMetadata: StringMap.exactOptional().describe('Added to the metadata of each event.'),
  summary: z.string().max(255).exactOptional(),
  suspend: z.boolean().exactOptional().describe('Send nothing.'),
});
export type AlertSpec = Infer<typeof AlertSpec>;

/** Which events go to which Provider; it is never reconciled and has no status. */
export const Alert = z
  .object({
    apiVersion: z.literal(API_VERSION.notification),
    kind: z.literal('Alert'),
    metadata: Metadata,
    spec: AlertSpec,
  })
  .meta(describeKind('Which events go to which Provider.', AGE));
export type Alert = Infer<typeof Alert>;
