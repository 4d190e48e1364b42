import type { HelmChart, HelmChartStatus } from '../../api/helm-chart.ts';
import type { EventDraft, Progress, Scope } from '../reconciler.ts';
import { keepArtifact, mismatch, tendArtifacts } from '../source/artifacts.ts';
import type { Verified } from '../source/outcome.ts';
import { sourceKind } from '../source/source-kind.ts';
import { progressing } from '../source/status.ts';
import { wakeGeneratorsOf } from '../wake-generators.ts';
import { buildRemote } from './build.ts';
import { buildLocal } from './build-local.ts';
import { conclude, type Report } from './conclude.ts';
import { decide, type Plan } from './decide.ts';
import { type OpenedChart, observe, type SeenAll } from './observe.ts';
import { verifyChart } from './verify.ts';

/** HelmChart: one version of a chart becomes an artifact. */
export const helmChart = {
  ...sourceKind({ kind: 'HelmChart', observe, decide, act, conclude }),
  // HelmReleases are not built; generators take a chart's files.
  fanOut: wakeGeneratorsOf,
};

async function act(
  object: HelmChart,
  plan: Plan,
  seen: SeenAll,
  scope: Scope,
  progress: Progress<HelmChartStatus>,
): Promise<Report> {
  const { opened } = seen;
  if (plan.do === 'fail' || plan.do === 'nothing' || opened === undefined)
    return { kind: 'nothing', verified: 'before', events: [] };
  const verdict = await verifyChart(object, plan.candidate, opened, scope);
  if ('trouble' in verdict) return { kind: 'failed', trouble: verdict.trouble, events: [] };
  if (plan.do === 'keep')
    return { kind: 'nothing', ...verdict, events: await tendArtifacts(object, seen.now, scope) };
  const { candidate, why, news } = plan;
  const told = news === undefined ? {} : { news, newsReason: 'NewChart' };
  await progress(() => progressing(object, { revision: candidate.version, why, ...told }, seen));
  return build(object, plan, opened, seen, verdict.verified, scope);
}

async function build(
  object: HelmChart,
  { candidate }: Plan & { readonly do: 'build' },
  opened: OpenedChart,
  seen: SeenAll,
  verified: Verified,
  scope: Scope,
): Promise<Report> {
  const isSpoilt = seen.stored === 'corrupt';
  const events: EventDraft[] = isSpoilt ? [mismatch(object)] : [];
  const made =
    opened.from === 'repository'
      ? await buildRemote(object, opened.picked, candidate, isSpoilt, scope)
      : await buildLocal(object, opened.local, candidate, isSpoilt, scope);
  if ('trouble' in made) return { kind: 'failed', trouble: made.trouble, events };
  const { valuesFiles, dependencies, ...archive } = made.found;
  const { name, version } = candidate;
  const artifact = { file: `${name}-${version}.tgz`, revision: version, ...archive };
  const report = await keepArtifact(object, artifact, seen.now, scope);
  const all = [...events, ...report.events];
  if (report.kind === 'failed') return { ...report, events: all };
  return { ...report, valuesFiles, dependencies, verified, events: all };
}
