import type { GitRepository, GitRepositoryStatus } from '../../api/git-repository.ts';
import { shortSubject } from '../../artifact/git-objects.ts';
import type { Resolved } from '../../artifact/git-ref.ts';
import type { TrustedKeys } from '../../artifact/git-signature/verify.ts';
import { type FetchOptions, fetchArtifact } from '../../artifact/git-source.ts';
import type { Packed } from '../../artifact/once.ts';
import type { EventDraft, Progress, Scope } from '../reconciler.ts';
import { keepArtifact, mismatch, tendArtifacts } from '../source/artifacts.ts';
import type { Verified } from '../source/outcome.ts';
import { fetchShared } from '../source/share.ts';
import { sourceKind } from '../source/source-kind.ts';
import { progressing } from '../source/status.ts';
import { conclude, type Report } from './conclude.ts';
import { modeOf } from './content.ts';
import { decide, type Plan } from './decide.ts';
import { copier, copyTrouble } from './include.ts';
import { gitTrouble, observe, type SeenAll } from './observe.ts';
import { sharedOf } from './share.ts';
import { readTrustedKeys, Unverified, verifyCheckout } from './verify.ts';

/** GitRepository: a Git reference becomes an artifact. */
export const gitRepository = sourceKind<GitRepository, GitRepositoryStatus, SeenAll, Plan, Report>({
  kind: 'GitRepository',
  ...{ observe, decide, act, conclude },
  repositoryOf: ({ url }) => url,
});

async function act(
  object: GitRepository,
  plan: Plan,
  seen: SeenAll,
  scope: Scope,
  progress: Progress<GitRepositoryStatus>,
): Promise<Report> {
  if (plan.do === 'keep') return { kind: 'nothing', events: await tendArtifacts(object, seen.now, scope) };
  if (plan.do === 'fail' || seen.git === undefined || seen.resolved === undefined)
    return { kind: 'nothing', events: [] };
  const fetching = { revision: plan.remote.revision, why: plan.why };
  await progress(() => progressing(object, fetching, seen));
  const events: EventDraft[] = seen.stored === 'corrupt' ? [mismatch(object)] : [];
  try {
    const keys = await readTrustedKeys(object, scope);
    if (keys !== undefined && 'trouble' in keys) return { kind: 'failed', trouble: keys.trouble, events };
    const checks = verification(object, seen, seen.resolved, keys);
    const options = await optionsOf(object, seen, scope);
    const { git, resolved } = seen;
    const fetch = async () => {
      const { commit, ...packed } = await fetchArtifact(git, resolved, { ...options, verify: checks.verify });
      return { ...packed, facts: { id: commit.id, subject: commit.subject } };
    };
    const packed = await fetchShared(sharedOf(object, seen, resolved), scope, fetch);
    const report = await store(object, packed, plan.remote.revision, seen.now, scope, events);
    return report.kind === 'stored' ? { ...report, verified: checks.said() } : report;
  } catch (error) {
    const trouble = error instanceof Unverified ? error.trouble : (copyTrouble(error) ?? gitTrouble(error));
    return { kind: 'failed', trouble, events };
  }
}

async function optionsOf(object: GitRepository, seen: SeenAll, scope: Scope): Promise<FetchOptions> {
  const { url, ignore, sparseCheckout = [], recurseSubmodules = false, include = [] } = object.spec;
  const { openSubmodule } = seen;
  return {
    sparse: sparseCheckout,
    ...(ignore !== undefined && { ignore }),
    ...(recurseSubmodules && openSubmodule && { submodules: { url, open: openSubmodule } }),
    ...(include.length > 0 && { include: await copier(object, seen.includes, scope) }),
  };
}

/** Verifies what is asked for, and remembers what it said. */
function verification(
  object: GitRepository,
  { now }: SeenAll,
  resolved: Resolved,
  keys: TrustedKeys | undefined,
): { readonly verify: NonNullable<FetchOptions['verify']>; readonly said: () => Verified } {
  const mode = modeOf(object);
  let said: Verified = 'nothing';
  return {
    verify: async (raw) => {
      if (mode === undefined || keys === undefined) return;
      said = { message: await verifyCheckout(mode, keys, resolved, raw, now) };
    },
    said: () => said,
  };
}

async function store(
  object: GitRepository,
  { body, digest, size, facts }: Packed<{ readonly id: string; readonly subject: string }>,
  revision: string,
  now: Date,
  scope: Scope,
  events: readonly EventDraft[],
): Promise<Report> {
  const artifact = { file: `${facts.id}.tar.gz`, revision, digest, size, ...(body && { body }) };
  const report = await keepArtifact(object, artifact, now, scope);
  const all = [...events, ...report.events];
  if (report.kind === 'failed') return { ...report, events: all };
  return { ...report, subject: shortSubject(facts.subject), verified: 'nothing', events: all };
}
