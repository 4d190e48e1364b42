import * as z from 'zod';
import { commonStatus, Metadata, NamespacedObjectReference, suspend, UNOBSERVED } from './meta.ts';
import { AGE, column, describeKind, READY, STATUS } from './printer-columns.ts';
import { Duration, type Infer, rules } from './schema.ts';
import { API_VERSION } from './vocabulary.ts';

/** One image: its name, a tag and perhaps that tag's digest. */
export const ImageRef = z.object({
  name: z.string(),
  tag: z.string(),
  digest: z.string().exactOptional(),
});
export type ImageRef = Infer<typeof ImageRef>;

const Ordering = z.object({
  order: z.enum(['asc', 'desc']).default('asc').describe('`asc` picks the last, `desc` the first.'),
});

/** How the newest tag is picked: exactly one. */
export const ImagePolicyChoice = z.object({
  semver: z.object({ range: z.string() }).exactOptional(),
  alphabetical: Ordering.exactOptional(),
  numerical: Ordering.exactOptional(),
});
export type ImagePolicyChoice = Infer<typeof ImagePolicyChoice>;

/** The tags that count, and the part of them that is compared. */
export const TagFilter = z.object({
  pattern: z.string().exactOptional().describe('A regular expression that a tag must match.'),
  extract: z.string().exactOptional().describe("What to compare, made of the pattern's groups."),
});
export type TagFilter = Infer<typeof TagFilter>;

/** What an ImagePolicy asks for. */
export const ImagePolicySpec = rules(
  z.object({
    imageRepositoryRef: NamespacedObjectReference,
    policy: ImagePolicyChoice,
    filterTags: TagFilter.exactOptional(),
    digestReflectionPolicy: z
      .enum(['Always', 'IfNotPresent', 'Never'])
      .default('Never')
      .describe("When to look up the tag's digest."),
    interval: Duration.exactOptional().describe('How often to look the digest up again.'),
    suspend,
  }),
  {
    message: "spec.interval is only accepted when spec.digestReflectionPolicy is set to 'Always'",
    rule: "!has(self.interval) || (has(self.digestReflectionPolicy) && self.digestReflectionPolicy == 'Always')",
  },
  {
    message: "spec.interval must be set when spec.digestReflectionPolicy is set to 'Always'",
    rule: "has(self.interval) || !has(self.digestReflectionPolicy) || self.digestReflectionPolicy != 'Always'",
  },
);
export type ImagePolicySpec = Infer<typeof ImagePolicySpec>;

/** What is known of an ImagePolicy. */
export const ImagePolicyStatus = z.object({
  ...commonStatus,
  latestRef: ImageRef.exactOptional().describe('The picked image.'),
  observedPreviousRef: ImageRef.exactOptional().describe('The one picked before.'),
});
export type ImagePolicyStatus = Infer<typeof ImagePolicyStatus>;

/** Picks one tag of an image repository. */
export const ImagePolicy = z
  .object({
    apiVersion: z.literal(API_VERSION.image),
    kind: z.literal('ImagePolicy'),
    metadata: Metadata,
    spec: ImagePolicySpec,
    status: ImagePolicyStatus.default(UNOBSERVED),
  })
  .meta(
    describeKind(
      'Picks one tag of an image repository.',
      column('Image', '.status.latestRef.name'),
      column('Tag', '.status.latestRef.tag'),
      READY,
      STATUS,
      AGE,
    ),
  );
export type ImagePolicy = Infer<typeof ImagePolicy>;
