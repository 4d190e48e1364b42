import type { OCIRepository, OCIRepositoryStatus } from '../../api/oci-repository.ts';
import type { Packed } from '../../artifact/once.ts';
import type { NewArtifact } from '../../artifact/store.ts';
import type { EventDraft, Progress, Scope } from '../reconciler.ts';
import { keepArtifact, mismatch, tendArtifacts } from '../source/artifacts.ts';
import { isLost } from '../source/seen.ts';
import { sourceKind } from '../source/source-kind.ts';
import { progressing } from '../source/status.ts';
import { conclude, type Report } from './conclude.ts';
import { decide, newsOf, type Plan, type Remote } from './decide.ts';
import { observe, type SeenAll } from './observe.ts';
import type { PulledFacts } from './pull.ts';
import { pullOnce } from './share.ts';
import { verifyArtifact } from './verify.ts';

type Opened = NonNullable<SeenAll['opened']>;

/** OCIRepository: a layer of an artifact in a registry becomes an artifact. */
export const ociRepository = sourceKind<OCIRepository, OCIRepositoryStatus, SeenAll, Plan, Report>({
  kind: 'OCIRepository',
  ...{ observe, decide, act, conclude },
  repositoryOf: ({ url }) => url,
});

async function act(
  object: OCIRepository,
  plan: Plan,
  seen: SeenAll,
  scope: Scope,
  progress: Progress<OCIRepositoryStatus>,
): Promise<Report> {
  const { opened } = seen;
  if (plan.do === 'fail' || plan.do === 'nothing' || opened === undefined)
    return { kind: 'nothing', verified: 'before', events: [] };
  if (plan.do === 'keep') return keep(object, plan, opened, seen, scope);
  const { remote, why } = plan;
  const isNew = object.status?.artifact?.revision !== remote.revision && !isLost(seen);
  const fetching = { revision: remote.revision, why, ...(isNew && { news: newsOf(remote) }) };
  await progress(() => progressing(object, fetching, seen));
  const events: EventDraft[] = seen.stored === 'corrupt' ? [mismatch(object)] : [];
  const verdict = await verdictOf(object, plan, opened, scope);
  if ('trouble' in verdict) return { kind: 'failed', trouble: verdict.trouble, events };
  const pulled = await pullOnce(object, remote, { ...seen, opened }, scope);
  if ('trouble' in pulled) return { kind: 'failed', trouble: pulled.trouble, events };
  const report = await keepArtifact(object, artifactOf(remote, pulled.found), seen.now, scope);
  const all = [...events, ...report.events];
  return report.kind === 'failed' ? { ...report, events: all } : { ...report, ...verdict, events: all };
}

function artifactOf({ digest, revision }: Remote, { facts, ...packed }: Packed<PulledFacts>): NewArtifact {
  const { annotations } = facts;
  const metadata = Object.keys(annotations).length === 0 ? {} : { metadata: annotations };
  return { file: `${digest}.tar.gz`, revision, ...packed, ...metadata };
}

async function keep(
  object: OCIRepository,
  plan: Plan & { readonly do: 'keep' },
  opened: Opened,
  seen: SeenAll,
  scope: Scope,
): Promise<Report> {
  const verdict = await verdictOf(object, plan, opened, scope);
  if ('trouble' in verdict) return { kind: 'failed', trouble: verdict.trouble, events: [] };
  return { kind: 'nothing', ...verdict, events: await tendArtifacts(object, seen.now, scope) };
}

function verdictOf(
  object: OCIRepository,
  plan: Plan & { readonly do: 'keep' | 'fetch' },
  opened: Opened,
  scope: Scope,
) {
  if (plan.verify) return verifyArtifact(object, plan.remote, opened, scope);
  const verified = object.spec.verify === undefined ? ('nothing' as const) : ('before' as const);
  return Promise.resolve({ verified });
}
