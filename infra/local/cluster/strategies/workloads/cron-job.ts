import type { KindRules } from '../kind-rules.ts';
import { defaultPodSpec } from '../pods/pod-defaults.ts';
import { parseSchedule } from '../rules/cron.ts';
import { required, unsupported, wrong } from '../rules/errors.ts';
import { childOf, fallback, fieldsOf, textOf } from '../rules/fields.ts';
import { checkNotNegative } from '../rules/formats.ts';
import { checkJobSpec } from './job.ts';

const CONCURRENCY = ['Allow', 'Forbid', 'Replace'];
// A job's name is the CronJob's and eleven characters of its time.
const NAME_LENGTH = 52;
const NUMBERS = ['startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit'];

export const cronJob: KindRules = {
  generation: 'spec',
  defaults(object) {
    const spec = childOf(object, 'spec');
    fallback(spec, 'concurrencyPolicy', 'Allow');
    fallback(spec, 'suspend', false);
    fallback(spec, 'successfulJobsHistoryLimit', 3);
    fallback(spec, 'failedJobsHistoryLimit', 1);
    // Only a Job itself gets a Job's defaults; its pods get theirs here too.
    const job = childOf(childOf(spec, 'jobTemplate'), 'spec');
    defaultPodSpec(childOf(childOf(job, 'template'), 'spec'));
  },
  validate(report, object, old) {
    const spec = fieldsOf(object.spec) ?? {};
    const schedule = textOf(spec.schedule);
    if (schedule === '') report.push(required('spec.schedule'));
    else {
      const read = parseSchedule(schedule);
      if (typeof read === 'string') report.push(wrong('spec.schedule', schedule, read));
      if (schedule.includes('TZ')) {
        const detail = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead';
        report.push(wrong('spec.schedule', schedule, detail));
      }
    }
    if (spec.timeZone !== undefined && !isTimeZone(textOf(spec.timeZone))) {
      report.push(wrong('spec.timeZone', spec.timeZone, `unknown time zone ${textOf(spec.timeZone)}`));
    }
    const policy = textOf(spec.concurrencyPolicy);
    if (!CONCURRENCY.includes(policy)) {
      report.push(unsupported('spec.concurrencyPolicy', policy, CONCURRENCY));
    }
    const job = fieldsOf(fieldsOf(spec.jobTemplate)?.spec) ?? {};
    checkJobSpec(report, 'spec.jobTemplate.spec', job);
    for (const name of NUMBERS) checkNotNegative(report, `spec.${name}`, spec[name]);
    const name = textOf(fieldsOf(object.metadata)?.name);
    if (!old && name.length > NAME_LENGTH) {
      report.push(wrong('metadata.name', name, `must be no more than ${NAME_LENGTH} characters`));
    }
  },
};

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
