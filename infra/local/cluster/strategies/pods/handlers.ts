import { forbidden, type Report, required, unsupported, wrong } from '../rules/errors.ts';
import { type Fields, fieldsOf, itemsOf, numberOf, textOf } from '../rules/fields.ts';
import { check, checkNotNegative, checkPort, checkPortOrName, headerName } from '../rules/formats.ts';

const SCHEMES = ['HTTP', 'HTTPS'];
const NUMBERS = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
];
const KINDS = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const;

/** A probe called `name`, such as `livenessProbe`. */
export function checkProbe(report: Report, at: string, name: string, value: unknown): void {
  const probe = fieldsOf(value);
  if (!probe) return;
  checkHandler(report, at, probe, undefined);
  for (const number of NUMBERS) checkNotNegative(report, `${at}.${number}`, probe[number]);
  const grace = probe.terminationGracePeriodSeconds;
  if (name === 'readinessProbe') {
    if (grace !== undefined) {
      const detail = 'must not be set for readinessProbes';
      report.push(wrong(`${at}.terminationGracePeriodSeconds`, grace, detail));
    }
    return;
  }
  if (grace !== undefined && numberOf(grace) <= 0) {
    report.push(wrong(`${at}.terminationGracePeriodSeconds`, grace, 'must be greater than 0'));
  }
  if (probe.successThreshold !== 1) {
    report.push(wrong(`${at}.successThreshold`, probe.successThreshold, 'must be 1'));
  }
}

/** What is done when a container has started and before it stops. */
export function checkLifecycle(
  report: Report,
  at: string,
  value: unknown,
  graceSeconds: number | undefined,
): void {
  for (const hook of ['postStart', 'preStop']) {
    const handler = fieldsOf(fieldsOf(value)?.[hook]);
    if (handler) checkHandler(report, `${at}.${hook}`, handler, graceSeconds);
  }
}

function checkHandler(report: Report, at: string, handler: Fields, graceSeconds: number | undefined): void {
  const present = KINDS.filter((kind) => fieldsOf(handler[kind]));
  const [first, ...others] = present;
  if (first === undefined) {
    report.push(required(at, 'must specify a handler type'));
    return;
  }
  checkAction(report, `${at}.${first}`, first, fieldsOf(handler[first]) ?? {}, graceSeconds);
  for (const other of others) {
    report.push(forbidden(`${at}.${other}`, 'may not specify more than 1 handler type'));
  }
}

function checkAction(
  report: Report,
  at: string,
  kind: (typeof KINDS)[number],
  action: Fields,
  graceSeconds: number | undefined,
): void {
  switch (kind) {
    case 'exec':
      if (!Array.isArray(action.command) || action.command.length === 0) {
        report.push(required(`${at}.command`));
      }
      return;
    case 'tcpSocket':
      checkPortOrName(report, `${at}.port`, action.port);
      return;
    case 'grpc':
      checkPort(report, `${at}.port`, numberOf(action.port));
      return;
    case 'sleep': {
      const seconds = numberOf(action.seconds);
      if (graceSeconds === undefined || (seconds >= 0 && seconds <= graceSeconds)) return;
      const detail = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`;
      report.push(wrong(at, seconds, detail));
      return;
    }
    case 'httpGet':
      checkPortOrName(report, `${at}.port`, action.port);
      if (!SCHEMES.includes(textOf(action.scheme))) {
        report.push(unsupported(`${at}.scheme`, action.scheme, SCHEMES));
      }
      for (const header of itemsOf(action.httpHeaders)) {
        check(report, `${at}.httpHeaders`, textOf(header.name), headerName);
      }
  }
}
