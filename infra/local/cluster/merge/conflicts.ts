import { ApiError } from '../api-error.ts';
import { ordered, pathText } from './elements.ts';
import { eachPath, type FieldSet } from './field-set.ts';
import type { Owner, Owners } from './managers.ts';

/** A field that somebody else owns with another value. */
export interface Conflict {
  /** Who, as `ownerKey` has it. */
  readonly key: string;
  readonly owner: Owner;
  readonly path: readonly string[];
}

/** The conflicts of each owner, by owner. */
export function conflictsOf(owners: Owners, sets: ReadonlyMap<string, FieldSet>): readonly Conflict[] {
  const conflicts: Conflict[] = [];
  for (const [key, set] of [...sets].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const owner = owners.get(key) as Owner;
    eachPath(ordered(set), (path) => conflicts.push({ key, owner, path: [...path] }));
  }
  return conflicts;
}

/** 409 with a cause for each conflict, in the API server's words. */
export function toConflictError(conflicts: readonly Conflict[]): ApiError {
  const causes = conflicts.map(({ owner, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${ownerText(owner)}`,
    field: pathText(path),
  }));
  return new ApiError(409, 'Conflict', messageOf(conflicts), { causes });
}

function messageOf(conflicts: readonly Conflict[]): string {
  const [first] = conflicts;
  if (first && conflicts.length === 1) {
    return `Apply failed with 1 conflict: conflict with ${ownerText(first.owner)}: ${pathText(first.path)}`;
  }
  const lines: string[] = [];
  let last: string | undefined;
  for (const { key, owner, path } of conflicts) {
    if (key !== last) lines.push(`conflicts with ${ownerText(owner)}:`);
    lines.push(`- ${pathText(path)}`);
    last = key;
  }
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

function ownerText({ manager, operation, apiVersion, subresource }: Owner): string {
  const name =
    JSON.stringify(manager) + (subresource ? ` with subresource ${JSON.stringify(subresource)}` : '');
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}
