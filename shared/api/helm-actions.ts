import * as z from 'zod';
import { Duration, type Infer, rules } from './schema.ts';

/** How Helm is told to act: the parts of a HelmRelease named after Helm's commands. */

const crdsPolicy = z
  .enum(['Skip', 'Create', 'CreateReplace'])
  .exactOptional()
  .describe("What to do with the chart's CRDs.");
const timeout = Duration.exactOptional().describe('How long each operation may take.');
const flag = z.boolean().exactOptional();
const serverSideApply = z.enum(['enabled', 'disabled', 'auto']).exactOptional();

const strategyFields = {
  name: z.enum(['RemediateOnFailure', 'RetryOnFailure']),
  retryInterval: Duration.exactOptional(),
};

/** What installing and upgrading have in common. */
const applyFields = {
  crds: crdsPolicy,
  disableHooks: flag,
  disableOpenAPIValidation: flag,
  disableSchemaValidation: flag,
  disableTakeOwnership: flag,
  disableWait: flag,
  disableWaitForJobs: flag,
  timeout,
};

const remediationFields = {
  retries: z.int().exactOptional().describe('How often to try again; below 0 for ever.'),
  ignoreTestFailures: flag,
  remediateLastFailure: flag,
};

/** How the first revision of a release is made. */
export const Install = z.object({
  ...applyFields,
  createNamespace: flag,
  replace: flag.describe('Reuse the name of an uninstalled release.'),
  serverSideApply: flag,
  skipCRDs: flag.describe('Deprecated: use crds.'),
  remediation: z.object(remediationFields).exactOptional(),
  strategy: rules(z.object(strategyFields), {
    message: ".retryInterval cannot be set when .name is 'RemediateOnFailure'",
    rule: "!has(self.retryInterval) || self.name != 'RemediateOnFailure'",
  }).exactOptional(),
});
export type Install = Infer<typeof Install>;

/** How a release is changed. */
export const Upgrade = z.object({
  ...applyFields,
  chartNameChangeStrategy: z
    .enum(['InPlaceUpdate', 'Reinstall'])
    .exactOptional()
    .describe("What to do when the chart's name has changed."),
  cleanupOnFail: flag,
  force: flag,
  preserveValues: flag,
  serverSideApply,
  remediation: z
    .object({ ...remediationFields, strategy: z.enum(['rollback', 'uninstall']).exactOptional() })
    .exactOptional(),
  strategy: rules(z.object(strategyFields), {
    message: ".retryInterval can only be set when .name is 'RetryOnFailure'",
    rule: "!has(self.retryInterval) || self.name == 'RetryOnFailure'",
  }).exactOptional(),
});
export type Upgrade = Infer<typeof Upgrade>;

/** Whether and how a release is tested. */
export const Test = z.object({
  enable: flag.describe("Run the chart's tests after an install or upgrade."),
  filters: z.array(z.object({ name: z.string().min(1).max(253), exclude: flag })).exactOptional(),
  ignoreFailures: flag,
  timeout,
});
export type Test = Infer<typeof Test>;

/** How a failed upgrade is undone. */
export const Rollback = z.object({
  cleanupOnFail: flag,
  disableHooks: flag,
  disableWait: flag,
  disableWaitForJobs: flag,
  force: flag,
  recreate: flag,
  serverSideApply,
  timeout,
});
export type Rollback = Infer<typeof Rollback>;

/** How a release is removed. */
export const Uninstall = z.object({
  deletionPropagation: z.enum(['background', 'foreground', 'orphan']).default('background'),
  disableHooks: flag,
  disableWait: flag,
  keepHistory: flag,
  timeout,
});
export type Uninstall = Infer<typeof Uninstall>;
