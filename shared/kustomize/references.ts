import type { FileTree } from '../ports.ts';
import { joinInside } from './paths.ts';
import { mountOf } from './remote/remotes.ts';

/** Where a path leads, or why it may not be followed. */
export type Target =
  | { readonly kind: 'file' | 'directory'; readonly path: string }
  | { readonly kind: 'refused'; readonly why: string };

/** A tree and its directories. */
export interface Files {
  readonly tree: FileTree;
  readonly directories: ReadonlySet<string>;
}

/** A path may be quoted in a message up to here. */
const MAX_QUOTED = 200;

// What kustomize fetches over HTTP (any Go URL with that scheme) ...
const HTTP = /^\s*https?:/i;
// ... what it hands to git when it is no file (api v0.21.1, internal/git/repospec.go), and every other scheme.
const REMOTE = /^\s*([a-z][a-z0-9+.-]*:|[a-z][a-z0-9-]*@|github\.com[/:]|git::|gh:)|:\/\//i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: no path of ours holds one
const CONTROL = /[\u0000-\u001f\u007f]/;

/** What `text` names, seen from `directory`: only what lies in the tree, by a relative path without a scheme. */
export function resolve(text: string, directory: string, files: Files): Target {
  if (CONTROL.test(text)) return refused(`${quote(text)} is not a path`);
  if (text.startsWith('/')) return refused(`absolute path ${quote(text)} is not allowed`);
  if (HTTP.test(text)) return refused(`remote ${quote(text)} is not allowed`);
  const path = joinInside(directory, text);
  const mount = mountOf(directory);
  if (mount !== undefined && path !== mount && !path?.startsWith(`${mount}/`) && !isMount(path))
    return refused(`${quote(text)} leads out of the remote repository`);
  if (path !== undefined && files.tree.has(path)) return { kind: 'file', path };
  if (REMOTE.test(text)) return refused(`remote ${quote(text)} is not allowed`);
  if (path === undefined) return refused(`${quote(text)} leads out of the artifact`);
  if (files.directories.has(path)) return { kind: 'directory', path };
  return refused(`${quote(text)} does not exist: no such file or directory`);
}

/** What was fetched lies beside other things that were. */
function isMount(path: string | undefined): boolean {
  return path !== undefined && mountOf(path) !== undefined;
}

/** Why inline text may not stand where kustomize would take it for a path or URL if it cannot parse it; undefined when harmless. */
export function inlineHazard(text: string, directory: string): string | undefined {
  if (HTTP.test(text)) return `remote ${quote(text)} is not allowed`;
  const escapes = text.startsWith('/') || joinInside(directory, text) === undefined;
  return escapes ? `${quote(text)} can be read as a path out of the artifact` : undefined;
}

function refused(why: string): Target {
  return { kind: 'refused', why };
}

function quote(text: string): string {
  return `'${text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text}'`;
}
