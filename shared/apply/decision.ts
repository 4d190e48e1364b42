import type { KubernetesObject } from '../core/kubernetes-object.ts';
import type { BaselineEntry } from './baseline.ts';
import type { SeenObject } from './drift.ts';
import { refusalMessage } from './dry-run.ts';
import type { JsonOperation } from './managed-fields.ts';
import type { Prepared } from './prepare.ts';

/** What to do with one object of a stage. */
export type Decision = { readonly item: Prepared } & (
  | {
      readonly todo: 'nothing';
      /** Created and configured: by a trial that was real. */
      readonly action: 'created' | 'configured' | 'unchanged' | 'skipped';
      readonly entry: BaselineEntry;
      readonly live?: KubernetesObject;
      /** What was seen of an object that the baseline proves unchanged. */
      readonly proven?: SeenObject;
    }
  | {
      readonly todo: 'apply';
      readonly action: 'created' | 'configured' | 'unchanged';
      readonly cleanup: readonly JsonOperation[];
    }
  | { readonly todo: 'recreate'; readonly live: KubernetesObject }
  | { readonly todo: 'fail'; readonly message: string; readonly cause: unknown }
);

/** The decision that ends the stage. */
export function failure(item: Prepared, cause: unknown, live?: KubernetesObject): Decision {
  return { item, todo: 'fail', message: refusalMessage(item.object, cause, live), cause };
}
