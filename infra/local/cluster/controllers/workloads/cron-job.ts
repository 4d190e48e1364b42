import type { KubernetesObject } from '../../../../../shared/core/kubernetes-object.ts';
import { nextRun, parseSchedule, type Schedule } from '../../strategies/rules/cron.ts';
import { type Fields, fieldsOf, itemsOf, numberOf, textOf } from '../../strategies/rules/fields.ts';
import { secondsOf } from '../../strategies/rules/times.ts';
import { conditionOf, isNews } from '../conditions.ts';
import type { Controller, ControllerWorld } from '../controller.ts';
import { controllerKeys, controllerReference, keyOf } from '../owners.ts';
import { JOBS } from './job.ts';
import { isOver } from './job-status.ts';

const CRON_JOBS = 'batch/cronjobs';
const SCHEDULED = 'batch.kubernetes.io/cronjob-scheduled-timestamp';
const MINUTE_MS = 60_000;

/** Makes a CronJob's Jobs when their time has come; in UTC, whatever zone it names. */
export const cronJobs: Controller = {
  name: 'cronjob',
  watches: [CRON_JOBS, JOBS],
  concerns: ({ entry }) => (entry.id === JOBS ? controllerKeys(entry, 'CronJob') : [keyOf(entry)]),
  sync({ namespace, name }, world) {
    const cron = world.manager.read(CRON_JOBS, namespace, name);
    if (!cron || cron.metadata.deletionTimestamp !== undefined) return undefined;
    const spec = fieldsOf(cron.spec) ?? {};
    const schedule = parseSchedule(textOf(spec.schedule));
    const isDue = typeof schedule !== 'string' && spec.suspend !== true;
    const ran = isDue ? runDue(cron, schedule, world) : undefined;
    writeStatus(cron, ran, world);
    if (!isDue) return undefined;
    const next = nextRun(schedule, world.nature.now());
    return next && next.getTime() - world.nature.now().getTime();
  },
};

// Of the times that were missed, only the last one counts.
function runDue(cron: KubernetesObject, schedule: Schedule, world: ControllerWorld): Date | undefined {
  const now = world.nature.now();
  const last = textOf(fieldsOf(cron.status)?.lastScheduleTime) || String(cron.metadata.creationTimestamp);
  let due: Date | undefined;
  const spec = fieldsOf(cron.spec) ?? {};
  const deadline = spec.startingDeadlineSeconds;
  const earliest = deadline === undefined ? 0 : now.getTime() - numberOf(deadline) * 1_000;
  let time = nextRun(schedule, new Date(Math.max(Date.parse(last), earliest)));
  while (time && time <= now) {
    due = time;
    time = nextRun(schedule, time);
  }
  if (!due) return undefined;
  const running = jobsOf(cron, world).filter((job) => !isOver(job));
  if (running.length > 0 && spec.concurrencyPolicy === 'Forbid') return undefined;
  if (spec.concurrencyPolicy === 'Replace') {
    for (const job of running) world.manager.delete(JOBS, job, { propagationPolicy: 'Background' });
  }
  createJob(cron, due, world);
  return due;
}

function createJob(cron: KubernetesObject, due: Date, { manager, tell }: ControllerWorld): void {
  const { namespace, name } = cron.metadata;
  const template = fieldsOf(fieldsOf(cron.spec)?.jobTemplate) ?? {};
  const metadata = fieldsOf(template.metadata) ?? {};
  const jobName = `${name}-${due.getTime() / MINUTE_MS}`;
  if (manager.read(JOBS, namespace ?? '', jobName)) return;
  manager.create(JOBS, {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      ...(metadata.labels !== undefined && { labels: metadata.labels }),
      name: jobName,
      namespace,
      annotations: { ...fieldsOf(metadata.annotations), [SCHEDULED]: secondsOf(due) },
      ownerReferences: [controllerReference(cron)],
    } as unknown as KubernetesObject['metadata'],
    spec: template.spec,
  });
  const message = `Created job ${jobName}`;
  tell({ from: 'cronjob-controller', about: cron, reason: 'SuccessfulCreate', message });
}

function jobsOf(cron: KubernetesObject, { manager }: ControllerWorld): KubernetesObject[] {
  return manager.controlled(JOBS, cron);
}

function writeStatus(cron: KubernetesObject, ran: Date | undefined, world: ControllerWorld): void {
  const { manager } = world;
  const all = jobsOf(cron, world);
  const before = fieldsOf(cron.status) ?? {};
  const complete = all.filter((job) => conditionOf(fieldsOf(job.status)?.conditions, 'Complete'));
  const times = complete.map((job) => textOf(fieldsOf(job.status)?.completionTime)).sort();
  const lastSuccessfulTime = times.at(-1) ?? before.lastSuccessfulTime;
  const active = all.filter((job) => !isOver(job)).map(referenceTo);
  const lastScheduleTime = ran ? secondsOf(ran) : before.lastScheduleTime;
  const status: Fields = {
    ...(active.length > 0 && { active }),
    ...(lastScheduleTime !== undefined && { lastScheduleTime }),
    ...(lastSuccessfulTime !== undefined && { lastSuccessfulTime }),
  };
  if (isNews(status, before)) manager.writeStatus(CRON_JOBS, cron, status);
  forget(cron, all, world);
}

function referenceTo({ apiVersion, kind, metadata }: KubernetesObject): Fields {
  const { name, namespace, uid, resourceVersion } = metadata;
  return { apiVersion, kind, name, namespace, uid, resourceVersion };
}

function forget(
  cron: KubernetesObject,
  all: readonly KubernetesObject[],
  { manager }: ControllerWorld,
): void {
  const spec = fieldsOf(cron.spec) ?? {};
  for (const [type, limit] of [
    ['Complete', spec.successfulJobsHistoryLimit],
    ['Failed', spec.failedJobsHistoryLimit],
  ] as const) {
    const ended = all
      .filter((job) => itemsOf(fieldsOf(job.status)?.conditions).some((one) => one.type === type))
      .toSorted((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1));
    for (const job of ended.slice(0, Math.max(0, ended.length - numberOf(limit)))) {
      manager.delete(JOBS, job, { propagationPolicy: 'Background' });
    }
  }
}
