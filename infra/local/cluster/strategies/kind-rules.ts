import type { StrategyWorld } from '../strategy.ts';
import type { Report } from './rules/errors.ts';
import type { Fields } from './rules/fields.ts';

/** What is particular to one built-in kind; everything else is the same for all. Objects given are copies to change. */
export interface KindRules {
  /**
   * When `metadata.generation` moves: with any change of `spec`, as told, never though there is one (`still`), or there is
   * none (absent).
   */
  readonly generation?: 'spec' | 'still' | ((object: Fields, old: Fields) => boolean);
  /** Whether a create keeps the status that it brings, as of nodes. */
  readonly keepsStatus?: boolean;
  /** Members of metadata that a write of the status does not touch. */
  readonly statusKeeps?: readonly string[];
  /** Seconds until a deletion takes effect. */
  graceSeconds?(object: Fields): number;
  /** Defaults, on an object as it was decoded. */
  defaults?(object: Fields): void;
  /** Before a create is stored, after the status was emptied. */
  create?(object: Fields, world: StrategyWorld): void;
  /** Before an update of the main resource is stored, after the status was taken from `old`. */
  update?(object: Fields, old: Fields, world: StrategyWorld): void;
  /** Before an update of a subresource is stored that is neither status nor scale. */
  updateSubresource?(object: Fields, old: Fields, subresource: string): void;
  /** What is wrong with the object, new or changed; `old` is what it was. */
  validate?(report: Report, object: Fields, old: Fields | undefined): void;
  /** What is wrong with a written status. */
  validateStatus?(report: Report, object: Fields, old: Fields): void;
}
