import type { GitRepository, GitRepositoryStatus } from '../../api/git-repository.ts';
import { keepFrame, knownOf } from '../../artifact/git-base.ts';
import { shortSubject } from '../../artifact/git-objects.ts';
import type { Resolved } from '../../artifact/git-ref.ts';
import type { TrustedKeys } from '../../artifact/git-signature/verify.ts';
import { type FetchOptions, fetchArtifact } from '../../artifact/git-source.ts';
import { type ArtifactLimits, areLarge, limitsFor } from '../../artifact/limits.ts';
import type { Packed } from '../../artifact/once.ts';
import { hmacHex } from '../../core/digests.ts';
import type { GitRemote } from '../../ports.ts';
import type { EventDraft, Progress, Scope } from '../reconciler.ts';
import type { Size } from '../room.ts';
import { keepArtifact, mismatch, tendArtifacts } from '../source/artifacts.ts';
import type { Verified } from '../source/outcome.ts';
import { ownerOf } from '../source/owner.ts';
import { type Fetched, fetchShared } from '../source/share.ts';
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
    const { git: looked, resolved } = seen;
    const isLarge = areLarge([object.status?.artifact, ...seen.includes]);
    const fetch = async (size: Size) => {
      const options = await optionsOf(object, seen, limitsFor(size), scope);
      // Who has waited for a turn has as much time as who has not.
      const git = size === 'large' && seen.open ? seen.open(object.spec.url) : looked;
      return fetchNew(object, git, resolved, { ...options, ...checks.options }, scope);
    };
    const packed = await fetchShared(sharedOf(object, seen, resolved), scope, fetch, isLarge);
    const report = await store(object, packed, plan.remote.revision, seen.now, scope, events);
    return report.kind === 'stored' ? { ...report, verified: checks.said() } : report;
  } catch (error) {
    const trouble = error instanceof Unverified ? error.trouble : (copyTrouble(error) ?? gitTrouble(error));
    return { kind: 'failed', trouble, events };
  }
}

/** What is told of a commit, also to others who follow it. */
interface Facts {
  readonly id: string;
  readonly subject: string;
  /** Digest of what the next fetch needs besides the artifact. */
  readonly frame?: string;
}

/** Fetches what the artifact before lacks, and keeps what the next fetch will need. Faults: `fetchArtifact`'s. */
async function fetchNew(
  object: GitRepository,
  git: GitRemote,
  resolved: Resolved,
  options: FetchOptions,
  scope: Scope,
): Promise<Fetched<Facts>> {
  const { store, clock } = scope.ports;
  const { artifact } = object.status ?? {};
  const { limits } = options;
  const of = repositoryKey(object, scope);
  const known = await knownOf(store, ownerOf(object, scope), artifact?.path, of, limits);
  const { commit, frame, ...packed } = await fetchArtifact(git, resolved, { ...options, ...known });
  const { id, subject } = commit;
  const kept = frame && (await keepFrame(store, frame, clock.now()));
  return { ...packed, facts: { id, subject, ...(kept && { frame: kept }) } };
}

/** Stands for the repository, whose URL may hold credentials. */
function repositoryKey({ spec }: GitRepository, { ports }: Scope): string {
  return hmacHex(ports.deployment.key, `frame ${spec.url}`);
}

async function optionsOf(
  object: GitRepository,
  seen: SeenAll,
  limits: ArtifactLimits,
  scope: Scope,
): Promise<FetchOptions> {
  const { url, ignore, sparseCheckout = [], recurseSubmodules = false, include = [] } = object.spec;
  const { open } = seen;
  return {
    limits,
    sparse: sparseCheckout,
    ...(ignore !== undefined && { ignore }),
    ...(recurseSubmodules && open && { submodules: { url, open } }),
    ...(include.length > 0 && { include: await copier(object, seen.includes, limits, scope) }),
  };
}

/** Verifies what is asked for, if anything is, and remembers what it said. */
function verification(
  object: GitRepository,
  { now }: SeenAll,
  resolved: Resolved,
  keys: TrustedKeys | undefined,
): { readonly options: Pick<FetchOptions, 'verify'>; readonly said: () => Verified } {
  const mode = modeOf(object);
  if (mode === undefined || keys === undefined) return { options: {}, said: () => 'nothing' };
  let said: Verified = 'nothing';
  const verify: FetchOptions['verify'] = async (raw) => {
    said = { message: await verifyCheckout(mode, keys, resolved, raw, now) };
  };
  return { options: { verify }, said: () => said };
}

async function store(
  object: GitRepository,
  { body, digest, size, facts }: Packed<Facts>,
  revision: string,
  now: Date,
  scope: Scope,
  events: readonly EventDraft[],
): Promise<Report> {
  const { id, frame } = facts;
  const note = frame && { frame: { of: repositoryKey(object, scope), commit: id, digest: frame } };
  const artifact = { file: `${id}.tar.gz`, revision, digest, size, ...(body && { body }), ...note };
  const report = await keepArtifact(object, artifact, now, scope);
  const all = [...events, ...report.events];
  if (report.kind === 'failed') return { ...report, events: all };
  return { ...report, subject: shortSubject(facts.subject), verified: 'nothing', events: all };
}
