import type { Condition } from '../../../shared/api/meta.ts';
import { toSeconds } from '../../../shared/core/conditions.ts';
import { displayName } from '../../../shared/core/kubernetes-object.ts';
import type { KubernetesObject } from '../../../shared/ports.ts';
import { sentence } from '../../cli/problems.ts';
import type { Choice } from './choice.ts';
import { OBJECT } from './names.ts';
import type { StepResult } from './results.ts';
import type { Scene } from './scene.ts';

/** What `--json` prints. */
export interface Report {
  readonly ok: boolean;
  readonly cluster?: {
    readonly kind: Choice['kind'];
    readonly server: string;
    readonly version: string;
    readonly own: boolean;
  };
  readonly milliseconds: number;
  readonly steps: readonly StepResult[];
  readonly failure?: Failure;
  /** Why not everything could be taken away again. */
  readonly unclean?: string;
}

/** What is known when a step fails. */
export interface Failure {
  readonly step: number;
  readonly message: string;
  readonly conditions: readonly { readonly object: string; readonly conditions: readonly Condition[] }[];
  /** The last ones, oldest first. */
  readonly events: readonly string[];
  /** The last lines that the runtime logged. */
  readonly log: readonly string[];
}

const LAST_EVENTS = 10;
const LAST_LINES = 15;

/** Gathers what helps to find out why. */
export function failureOf(
  step: number,
  error: unknown,
  scene: Scene | undefined,
  log: readonly string[],
): Failure {
  const objects = [OBJECT.repository, OBJECT.infrastructure, OBJECT.apps].flatMap(
    (reference) => scene?.sight.object(reference) ?? [],
  );
  return {
    step,
    message: sentence(error),
    conditions: objects.map((object) => ({
      object: displayName(object),
      conditions: (object.status as { conditions?: readonly Condition[] } | undefined)?.conditions ?? [],
    })),
    events: (scene?.sight.events() ?? []).slice(-LAST_EVENTS).map(eventText),
    log: log.slice(-LAST_LINES),
  };
}

/** The same for a person. */
export function failureLines({ conditions, events, log }: Failure): readonly string[] {
  const lists: readonly (readonly [string, readonly string[]])[] = [
    ...conditions.map(
      (entry) =>
        [
          entry.object,
          entry.conditions.map(
            ({ type, status, reason, message }) => `${type}=${status} ${reason}: ${message}`,
          ),
        ] as const,
    ),
    ['last events', events],
    ['last lines of the log', log],
  ];
  return lists
    .filter(([, lines]) => lines.length > 0)
    .flatMap(([title, lines]) => ['', title, ...lines.map((line) => `  ${line}`)]);
}

function eventText(event: KubernetesObject): string {
  const { type, reason, message, involvedObject, lastTimestamp } = event as unknown as {
    readonly type: string;
    readonly reason: string;
    readonly message: string;
    readonly lastTimestamp?: string | null;
    readonly involvedObject: { readonly kind: string; readonly name: string };
  };
  const at = lastTimestamp ? toSeconds(new Date(lastTimestamp)) : '';
  return `${at} ${type} ${reason} ${involvedObject.kind}/${involvedObject.name}: ${message.trim().replaceAll('\n', ', ')}`;
}
