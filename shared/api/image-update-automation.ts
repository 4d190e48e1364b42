import * as z from 'zod';
import { GitReference } from './git-repository.ts';
import { ImageRef } from './image-policy.ts';
import { commonStatus, interval, LocalObjectReference, Metadata, suspend, UNOBSERVED } from './meta.ts';
import { AGE, column, describeKind, READY, STATUS } from './printer-columns.ts';
import { type Infer, REQUIRED, StringMap, Timestamp } from './schema.ts';
import { API_VERSION } from './vocabulary.ts';

/** How commits are written and signed. */
export const CommitSpec = z.object({
  author: z.object({ email: z.string(), name: z.string().exactOptional() }),
  messageTemplate: z.string().exactOptional(),
  messageTemplateValues: StringMap.exactOptional(),
  signingKey: z
    .object({ secretRef: LocalObjectReference, type: z.enum(['gpg', 'ssh']).exactOptional() })
    .exactOptional(),
});
export type CommitSpec = Infer<typeof CommitSpec>;

/** Where commits go: a branch, or a refspec, or both. */
export const PushSpec = z.object({
  branch: z.string().exactOptional(),
  refspec: z.string().exactOptional(),
  options: StringMap.exactOptional().describe('Options for the Git server.'),
});
export type PushSpec = Infer<typeof PushSpec>;

/** What to check out, how to commit, where to push. */
export const GitSpec = z.object({
  checkout: z.object({ ref: GitReference }).exactOptional(),
  commit: CommitSpec,
  push: PushSpec.exactOptional(),
});
export type GitSpec = Infer<typeof GitSpec>;

const atomicList = { 'x-kubernetes-list-type': 'atomic' };

/** Picks ImagePolicies by their labels, as Kubernetes' label selectors do. */
export const PolicySelector = z
  .object({
    matchExpressions: z
      .array(
        z.object({
          key: z.string(),
          operator: z.string(),
          values: z.array(z.string()).meta(atomicList).exactOptional(),
        }),
      )
      .meta(atomicList)
      .exactOptional(),
    matchLabels: StringMap.exactOptional(),
  })
  .meta({ 'x-kubernetes-map-type': 'atomic' });
export type PolicySelector = Infer<typeof PolicySelector>;

/** What an ImageUpdateAutomation asks for. */
export const ImageUpdateAutomationSpec = z.object({
  sourceRef: z.object({
    apiVersion: z.string().exactOptional(),
    kind: z.enum(['GitRepository']).default('GitRepository').meta(REQUIRED),
    name: z.string(),
    namespace: z.string().exactOptional(),
  }),
  git: GitSpec.exactOptional(),
  interval,
  policySelector: PolicySelector.exactOptional().describe('The policies that count; all when left out.'),
  suspend,
  update: z
    .object({
      path: z.string().exactOptional().describe('The directory whose files are updated.'),
      strategy: z.enum(['Setters']).default('Setters'),
    })
    .default({ strategy: 'Setters' }),
});
export type ImageUpdateAutomationSpec = Infer<typeof ImageUpdateAutomationSpec>;

/** What is known of an ImageUpdateAutomation. */
export const ImageUpdateAutomationStatus = z.object({
  ...commonStatus,
  lastAutomationRunTime: Timestamp.exactOptional(),
  lastPushCommit: z.string().exactOptional(),
  lastPushTime: Timestamp.exactOptional(),
  observedPolicies: z.record(z.string(), ImageRef).exactOptional(),
  observedSourceRevision: z.string().exactOptional(),
});
export type ImageUpdateAutomationStatus = Infer<typeof ImageUpdateAutomationStatus>;

/** Commits the picked images to a Git repository. */
export const ImageUpdateAutomation = z
  .object({
    apiVersion: z.literal(API_VERSION.image),
    kind: z.literal('ImageUpdateAutomation'),
    metadata: Metadata,
    spec: ImageUpdateAutomationSpec,
    status: ImageUpdateAutomationStatus.default(UNOBSERVED),
  })
  .meta(
    describeKind(
      'Commits the picked images to a Git repository.',
      READY,
      STATUS,
      { ...column('Last run', '.status.lastAutomationRunTime'), priority: 1 },
      AGE,
    ),
  );
export type ImageUpdateAutomation = Infer<typeof ImageUpdateAutomation>;
