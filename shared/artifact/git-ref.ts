import type { GitReference } from '../api/git-repository.ts';
import { Fault } from '../core/failures.ts';
import { compareVersions, parseVersion, type Version } from '../core/semver.ts';
import { parseConstraint } from '../core/semver-constraint.ts';
import type { GitRef } from '../ports.ts';

/** What `spec.ref` came to on the server. */
export interface Resolved {
  /** Such as `main@sha1:<hex>`: what `status.artifact.revision` says. */
  readonly revision: string;
  /** Hex. */
  readonly commit: string;
  /** What to ask the server for: the commit, or the tag that names it. */
  readonly want: string;
  /** `spec.ref.commit` was set: the server may refuse to hand it out by itself. */
  readonly pinned: boolean;
  /** The name of the tag that was asked for; it is an object of its own when `want` is not the commit. */
  readonly tag?: string;
  /** Tip of the branch that the pinned commit must be on. */
  readonly branchTip?: string;
}

/** Either decided, or several tags of equal precedence whose commits' times decide. */
export type Choice =
  | { readonly resolved: Resolved }
  | { readonly tied: readonly [GitRef, GitRef, ...GitRef[]] };

const DEFAULT_BRANCH = 'master';
const BRANCHES = 'refs/heads/';
const TAGS = 'refs/tags/';
const PEELED = '^{}';

/** Prefixes to list on the server; none when nothing need be asked. Order: commit, name, tag, semver, branch. */
export function prefixesFor(ref: GitReference | undefined): readonly string[] {
  if (ref?.commit) return ref.branch ? [BRANCHES + ref.branch] : [];
  if (ref?.name) return [nameOf(ref.name)];
  if (ref?.tag) return [TAGS + ref.tag];
  if (ref?.semver) {
    parseRange(ref.semver);
    return [TAGS];
  }
  return [BRANCHES + (ref?.branch || DEFAULT_BRANCH)];
}

/** Whether an empty repository is reported as such: upstream does so only where it looks for a branch. */
export function looksForBranch(ref: GitReference | undefined): boolean {
  return !ref?.commit && !ref?.name && !ref?.tag && !ref?.semver;
}

/** Picks from what the server listed. Faults: `not-found` (no such ref, no matching tag), `invalid` (range, name, commit). */
export function chooseRef(ref: GitReference | undefined, refs: readonly GitRef[]): Choice {
  if (ref?.commit) return { resolved: pinnedTo(ref, ref.commit, refs) };
  if (ref?.name) return { resolved: named(ref.name, refs) };
  if (ref?.tag) return { resolved: tagged(existing(TAGS + ref.tag, refs)) };
  if (ref?.semver) return newest(ref.semver, refs);
  const branch = ref?.branch || DEFAULT_BRANCH;
  return { resolved: plain(branch, existing(BRANCHES + branch, refs)) };
}

/** What a tag resolves to: the commit it finally points at. */
export function tagged(ref: GitRef): Resolved {
  return plain(ref.name.slice(TAGS.length), ref);
}

/** `<human>@sha1:<hex>`, or `sha1:<hex>` without a human part. */
export function revisionOf(human: string, commit: string): string {
  return human === '' ? `sha1:${commit}` : `${human}@sha1:${commit}`;
}

function plain(human: string, ref: GitRef): Resolved {
  const commit = ref.peeled ?? ref.id;
  return { revision: revisionOf(human, commit), commit, want: ref.id, pinned: false, ...tagOf(ref) };
}

function tagOf({ name }: GitRef): Pick<Resolved, 'tag'> {
  return name.startsWith(TAGS) ? { tag: name.slice(TAGS.length) } : {};
}

function existing(name: string, refs: readonly GitRef[]): GitRef {
  const found = refs.find((ref) => ref.name === name);
  if (found) return found;
  throw new Fault('not-found', `couldn't find remote ref ${JSON.stringify(name)}`, { ref: name });
}

function pinnedTo(ref: GitReference, commit: string, refs: readonly GitRef[]): Resolved {
  if (!/^[0-9a-f]{40}$/.test(commit))
    throw new Fault('invalid', `unable to resolve commit object for '${commit}': object not found`, {
      commit,
    });
  const branchTip = ref.branch ? existing(BRANCHES + ref.branch, refs).id : undefined;
  const revision = revisionOf(ref.name || ref.branch || '', commit);
  const resolved = { revision, commit, want: commit, pinned: true };
  return branchTip === undefined ? resolved : { ...resolved, branchTip };
}

function named(name: string, refs: readonly GitRef[]): Resolved {
  const found = refs.find((ref) => ref.name === nameOf(name));
  const commit = name.endsWith(PEELED) ? found?.peeled : (found?.peeled ?? found?.id);
  if (found && commit !== undefined)
    return { revision: revisionOf(name, commit), commit, want: found.id, pinned: false, ...tagOf(found) };
  throw new Fault('not-found', `unable to resolve ref '${name}' to a specific commit`, { ref: name });
}

/** The ref behind a name, which may carry the suffix of a peeled tag. */
function nameOf(name: string): string {
  if (name.startsWith('/') || name.endsWith('/'))
    throw new Fault('invalid', `ref ${name} is invalid; Git refs cannot begin or end with a slash '/'`, {});
  return name.endsWith(PEELED) ? name.slice(0, -PEELED.length) : name;
}

function newest(range: string, refs: readonly GitRef[]): Choice {
  const inRange = parseRange(range);
  let best: { version: Version; refs: GitRef[] } | undefined;
  for (const ref of refs) {
    const version = ref.name.startsWith(TAGS) ? parseVersion(ref.name.slice(TAGS.length)) : undefined;
    if (version === undefined || !inRange(version)) continue;
    const order = best === undefined ? 1 : compareVersions(version, best.version);
    if (order > 0) best = { version, refs: [ref] };
    else if (order === 0) best?.refs.push(ref);
  }
  const [first, second, ...others] = best?.refs ?? [];
  if (first === undefined) throw new Fault('not-found', `no match found for semver: ${range}`, { range });
  return second === undefined ? { resolved: tagged(first) } : { tied: [first, second, ...others] };
}

function parseRange(range: string): (version: Version) => boolean {
  try {
    return parseConstraint(range);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new Fault('invalid', `semver parse error: ${error.message}`, error.data, error);
  }
}
