import type { OutputArtifact } from '../../api/artifact-generator.ts';
import { Fault } from '../../core/failures.ts';
import { labelNameProblem, labelValueProblem, subdomainProblem } from '../../core/kubernetes-names.ts';
import type { Directory } from '../directory.ts';
import { bytesOf } from '../directory.ts';
import type { Budget } from './budget.ts';
import { captureSegment, type Piece } from './capture.ts';
import { namesIn } from './glob-files.ts';
import { checkCaptureName, quoted, renderTemplate } from './template.ts';

/** An artifact to make: an output of the spec, rendered for one folder. */
export interface ArtifactRequest {
  readonly output: OutputArtifact;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * The artifacts that a `pathPattern` stands for: each output once for every folder that it matches, in lexical order
 * (AG-15). Faults: `invalid` when only the spec or the folders' names can mend it, `too-large`.
 */
export function expandPathPattern(
  pathPattern: string,
  outputs: readonly OutputArtifact[],
  sources: ReadonlyMap<string, Directory>,
  budget: Budget,
): readonly ArtifactRequest[] {
  const slash = pathPattern.indexOf('/');
  if (slash === -1 || !pathPattern.startsWith('@'))
    throw new Fault('invalid', `invalid pathPattern format: ${pathPattern}`);
  const alias = pathPattern.slice(1, slash);
  const title = `pathPattern ${quoted(pathPattern)}`;
  const source = sources.get(alias);
  if (source === undefined)
    throw new Fault('invalid', `${title}: source alias ${alias} not found in local sources`);
  const pattern = pathPattern.slice(slash + 1);
  const names = captureNames(title, pattern);
  for (const name of names) {
    const problem = labelNameProblem(name);
    if (problem)
      throw new Fault(
        'invalid',
        `${title}: capture variable ${quoted(name)} is not a valid Kubernetes label key: ${problem}`,
      );
  }
  const requests: ArtifactRequest[] = [];
  const seen = new Map<string, string>();
  for (const { path, captures } of foldersLike(source, pattern.split('/').map(piecesOf), budget)) {
    const labels = labelsOf(title, captures);
    for (const output of outputs) {
      budget.spend('operations', output.copy.length);
      const request = { output: rendered(title, output, path, labels, captures), labels };
      const { name } = request.output;
      const before = seen.get(name);
      if (before !== undefined) {
        const both = `directories ${quoted(before)} and ${quoted(path)}`;
        throw new Fault('invalid', `${title}: ${both} both resolve to artifact name ${quoted(name)}`);
      }
      budget.spend('artifacts', 1);
      seen.set(name, path);
      requests.push(request);
    }
  }
  return requests;
}

type Captures = Readonly<Record<string, string>>;

interface Folder {
  readonly path: string;
  readonly captures: Captures;
}

/** The folders whose every element fits its part of the pattern; a capture never reaches over a slash. */
function foldersLike(root: Directory, parts: readonly (readonly Piece[])[], budget: Budget): Folder[] {
  let found: { readonly directory: Directory; readonly path: string; readonly captures: Captures }[] = [
    { directory: root, path: '', captures: {} },
  ];
  for (const part of parts) {
    found = found.flatMap(({ directory, path, captures }) =>
      namesIn(directory).flatMap((name) => {
        const child = directory.children.get(bytesOf(name));
        if (child?.kind !== 'directory') return [];
        budget.spend('steps', 1 + part.length * name.length);
        const own = captureSegment(part, name);
        if (own === undefined) return [];
        return [
          {
            directory: child,
            path: path === '' ? name : `${path}/${name}`,
            captures: { ...captures, ...own },
          },
        ];
      }),
    );
  }
  return found;
}

function piecesOf(part: string): Piece[] {
  return part
    .split(/(\{[A-Za-z0-9_]+\})/)
    .filter((piece) => piece !== '')
    .map((piece) => (/^\{.*\}$/.test(piece) ? { capture: piece.slice(1, -1) } : { literal: piece }));
}

/** The names between braces. Fault `invalid` for braces that do not close, and names that are none or repeat. */
function captureNames(title: string, pattern: string): readonly string[] {
  const names: string[] = [];
  const bytes = Buffer.from(pattern).toString('latin1');
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === '}')
      throw new Fault('invalid', `${title}: invalid capture ending at offset ${at}: missing opening brace`);
    if (bytes[at] !== '{') continue;
    const end = bytes.indexOf('}', at);
    if (end === -1)
      throw new Fault('invalid', `${title}: invalid capture starting at offset ${at}: missing closing brace`);
    const name = Buffer.from(bytes.slice(at + 1, end), 'latin1').toString();
    checkCaptureName(title, name);
    if (names.includes(name))
      throw new Fault('invalid', `${title}: duplicate capture variable ${quoted(name)}`);
    names.push(name);
    at = end;
  }
  return names;
}

/** What was captured, in lower case. */
function labelsOf(title: string, captures: Captures): Captures {
  const entries = Object.entries(captures).map(([name, value]) => [name, value.toLowerCase()] as const);
  for (const [name, value] of entries) {
    const problem = labelValueProblem(value);
    if (problem === undefined) continue;
    const what = `captured value ${quoted(value)} for variable ${quoted(name)}`;
    throw new Fault('invalid', `${title}: ${what} is not a valid Kubernetes label value: ${problem}`);
  }
  return Object.fromEntries(entries);
}

/** Names take what was captured in lower case, paths as it is. */
function rendered(
  title: string,
  output: OutputArtifact,
  path: string,
  labels: Captures,
  captures: Captures,
): OutputArtifact {
  const made = renderOutput(title, output, path, labels, captures);
  const problem = subdomainProblem(made.name);
  if (problem === undefined) return made;
  const what = `rendered artifact name ${quoted(made.name)}`;
  throw new Fault('invalid', `${title}: ${what} is not a valid Kubernetes object name: ${problem}`);
}

function renderOutput(
  title: string,
  output: OutputArtifact,
  path: string,
  labels: Captures,
  captures: Captures,
): OutputArtifact {
  try {
    const name = renderTemplate(output.name, labels);
    const copy = output.copy.map((operation) => ({
      ...operation,
      from: renderTemplate(operation.from, captures),
      to: renderTemplate(operation.to, captures),
    }));
    return { ...output, name, copy };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const where = `failed to render artifact ${output.name} for match ${path}`;
    throw new Fault('invalid', `${title}: ${where}: ${error.message}`);
  }
}
