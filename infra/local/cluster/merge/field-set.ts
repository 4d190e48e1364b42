/**
 * Fields in the form of `fieldsV1`: what belongs to the set is `{}`, or has a `.` when there is more of the set beneath it.
 * Never changed once it is shared.
 */
export interface FieldSet {
  readonly [element: string]: FieldSet;
}

/** A set that is being built. */
export interface GrowingSet {
  [element: string]: GrowingSet;
}

/** The set without fields; beneath an element it is a field without fields of its own. */
export const NO_FIELDS: FieldSet = Object.freeze({});

const SELF = '.';

/** Whether nothing is in the set. */
export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

/** Whether the field that `node` stands for is in the set itself, not only fields beneath it. */
export function isMember(node: FieldSet): boolean {
  return SELF in node || isEmptySet(node);
}

/** Whether the set goes on beneath `node`. */
export function hasFieldsBeneath(node: FieldSet): boolean {
  for (const element in node) if (element !== SELF) return true;
  return false;
}

/** `node`, which is no empty one, as a field that is in the set itself. */
export function asMember(node: FieldSet): FieldSet {
  return isMember(node) ? node : { [SELF]: NO_FIELDS, ...node };
}

/** Adds the field at `path`; the whole object (an empty path) is nobody's. */
export function insert(set: GrowingSet, path: readonly string[]): void {
  let node = set;
  for (let i = 0; i < path.length; i++) {
    const element = path[i] as string;
    let next = node[element];
    const last = i === path.length - 1;
    if (next === undefined) {
      next = {};
      node[element] = next;
    } else if (!(SELF in next) && (last ? !isEmptySet(next) : isEmptySet(next))) {
      next[SELF] = {};
    }
    node = next;
  }
}

/** Whether the field at `path` is in the set. */
export function includes(set: FieldSet, path: readonly string[]): boolean {
  let node: FieldSet | undefined = set;
  for (const element of path) {
    node = node[element];
    if (node === undefined) return false;
  }
  return path.length > 0 && isMember(node);
}

/** What is in `a` or `b`. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmptySet(b)) return a;
  return isEmptySet(a) ? b : joined(a, b);
}

/** What is in `a` and not in `b`: `a` itself when that is all of it. What is beneath a field of `b` stays. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return isEmptySet(a) || isEmptySet(b) ? a : (rest(a, b, false) ?? NO_FIELDS);
}

/** What is in `a`, neither in `b` nor beneath a field of `b`: `a` itself when that is all of it. */
export function differenceBeneath(a: FieldSet, b: FieldSet): FieldSet {
  return isEmptySet(a) || isEmptySet(b) ? a : (rest(a, b, true) ?? NO_FIELDS);
}

/** What is in both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return isEmptySet(a) || isEmptySet(b) ? NO_FIELDS : (common(a, b) ?? NO_FIELDS);
}

/** Whether both hold the same fields, in whatever order. */
export function isSameSet(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  let count = 0;
  for (const element in a) {
    const other = b[element];
    if (other === undefined || !isSameSet(a[element] as FieldSet, other)) return false;
    count++;
  }
  for (const _ in b) count--;
  return count === 0;
}

/** Calls `visit` with each field's path: those of a level before those beneath it, as the API server lists them. The path is reused. */
export function eachPath(set: FieldSet, visit: (path: readonly string[]) => void, path: string[] = []): void {
  for (const element in set) {
    if (element === SELF || !isMember(set[element] as FieldSet)) continue;
    path.push(element);
    visit(path);
    path.pop();
  }
  for (const element in set) {
    if (element === SELF) continue;
    path.push(element);
    eachPath(set[element] as FieldSet, visit, path);
    path.pop();
  }
}

function joined(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || (isEmptySet(a) && isEmptySet(b))) return a;
  const result: Record<string, FieldSet> = {};
  if (isMember(a) || isMember(b)) result[SELF] = NO_FIELDS;
  for (const element in a) {
    if (element === SELF) continue;
    const [mine, other] = [a[element] as FieldSet, b[element]];
    result[element] = other === undefined ? mine : joined(mine, other);
  }
  for (const element in b) {
    if (element !== SELF && !(element in a)) result[element] = b[element] as FieldSet;
  }
  return result;
}

function rest(a: FieldSet, b: FieldSet, beneath: boolean): FieldSet | undefined {
  const taken = isMember(b);
  if (taken && beneath) return undefined;
  const was = isMember(a);
  const result: Record<string, FieldSet> = {};
  if (was && !taken) result[SELF] = NO_FIELDS;
  let changed = was && taken;
  let fields = false;
  for (const element in a) {
    if (element === SELF) continue;
    const [mine, other] = [a[element] as FieldSet, b[element]];
    const left = other === undefined ? mine : rest(mine, other, beneath);
    changed ||= left !== mine;
    if (left === undefined) continue;
    result[element] = left;
    fields = true;
  }
  if (!changed) return a;
  if (fields) return result;
  return was && !taken ? NO_FIELDS : undefined;
}

function common(a: FieldSet, b: FieldSet): FieldSet | undefined {
  const member = isMember(a) && isMember(b);
  const result: Record<string, FieldSet> = {};
  if (member) result[SELF] = NO_FIELDS;
  let fields = false;
  for (const element in a) {
    const other = b[element];
    if (element === SELF || other === undefined) continue;
    const shared = common(a[element] as FieldSet, other);
    if (shared === undefined) continue;
    result[element] = shared;
    fields = true;
  }
  if (fields) return result;
  return member ? NO_FIELDS : undefined;
}
