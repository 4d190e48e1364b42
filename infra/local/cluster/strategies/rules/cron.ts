/** When a CronJob runs: which minutes, hours, days, months and weekdays match. */
export interface Schedule {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  /** Whether the day of the month, and the day of the week, is left open: two that are not are alternatives. */
  readonly anyDay: boolean;
  readonly anyWeekday: boolean;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const NICKNAMES: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const FIELDS = 5;
const MINUTE_MS = 60_000;
// A schedule such as 30 February never comes; five years see every leap day.
const HORIZON_MINUTES = 5 * 366 * 24 * 60;

/** Reads a schedule of five fields or a nickname; what is wrong with it is returned as text. */
export function parseSchedule(text: string): Schedule | string {
  const fields = (NICKNAMES[text.trim()] ?? text.trim()).split(/\s+/);
  if (text.startsWith('@') && !NICKNAMES[text.trim()]) return `unrecognized descriptor: ${text}`;
  if (fields.length !== FIELDS) {
    return `expected exactly ${FIELDS} fields, found ${fields.length}: [${fields.join(' ')}]`;
  }
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  try {
    return {
      minutes: numbers(minute, 0, 59),
      hours: numbers(hour, 0, 23),
      days: numbers(day, 1, 31),
      months: numbers(month, 1, 12, MONTHS),
      weekdays: numbers(weekday, 0, 6, WEEKDAYS),
      anyDay: isOpen(day),
      anyWeekday: isOpen(weekday),
    };
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

function isOpen(field: string): boolean {
  return /^[*?]/.test(field);
}

function numbers(field: string, least: number, most: number, names: readonly string[] = []): Set<number> {
  const found = new Set<number>();
  for (const part of field.split(',')) {
    const [range = '', stepText, more] = part.split('/');
    if (more !== undefined) throw new RangeError(`too many slashes: ${part}`);
    const step = stepText === undefined ? 1 : numberIn(stepText, []);
    if (step === 0) throw new RangeError(`step of range should be a positive number: ${part}`);
    const [first, last] = bounds(range, stepText !== undefined, least, most, names);
    if (first < least)
      throw new RangeError(`beginning of range (${first}) below minimum (${least}): ${part}`);
    if (last > most) throw new RangeError(`end of range (${last}) above maximum (${most}): ${part}`);
    if (first > last) {
      throw new RangeError(`beginning of range (${first}) beyond end of range (${last}): ${part}`);
    }
    for (let number = first; number <= last; number += step) found.add(number);
  }
  return found;
}

function bounds(
  range: string,
  hasStep: boolean,
  least: number,
  most: number,
  names: readonly string[],
): [number, number] {
  if (isOpen(range)) return [least, most];
  const [first = '', last, more] = range.split('-');
  if (more !== undefined) throw new RangeError(`too many hyphens: ${range}`);
  const start = numberIn(first, names, least);
  return [start, last === undefined ? (hasStep ? most : start) : numberIn(last, names, least)];
}

function numberIn(text: string, names: readonly string[], offset = 0): number {
  const named = names.indexOf(text.toLowerCase());
  if (named !== -1) return named + offset;
  if (!/^\d+$/.test(text)) {
    throw new RangeError(
      `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  }
  return Number(text);
}

/** The first time after `date`, in UTC, at which the schedule runs; undefined when it never does. */
export function nextRun(schedule: Schedule, date: Date): Date | undefined {
  const start = Math.floor(date.getTime() / MINUTE_MS) + 1;
  for (let minute = start; minute < start + HORIZON_MINUTES; ) {
    const time = new Date(minute * MINUTE_MS);
    if (!runsOn(schedule, time)) minute += 24 * 60 - (time.getUTCHours() * 60 + time.getUTCMinutes());
    else if (!schedule.hours.has(time.getUTCHours())) minute += 60 - time.getUTCMinutes();
    else if (!schedule.minutes.has(time.getUTCMinutes())) minute += 1;
    else return time;
  }
  return undefined;
}

function runsOn(schedule: Schedule, time: Date): boolean {
  if (!schedule.months.has(time.getUTCMonth() + 1)) return false;
  const day = schedule.days.has(time.getUTCDate());
  const weekday = schedule.weekdays.has(time.getUTCDay());
  return schedule.anyDay || schedule.anyWeekday ? day && weekday : day || weekday;
}
