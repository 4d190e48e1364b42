import { posix } from 'node:path';
import { plainNode, refuse } from './node.ts';

/** Where kustomize writes where an object comes from, and what was done to it. */
export const ORIGIN = 'config.kubernetes.io/origin';
export const TRANSFORMATIONS = 'alpha.config.kubernetes.io/transformations';

/** The origin of what a file holds, whose path is seen from the directory that is built. */
export function originOfFile(file: string): string {
  return `path: ${plain(file)}\n`;
}

/** The origin of what a field of the kustomization in `file` makes, or its place among transformations. */
export function originOfField(file: string, kind: string): string {
  return `configuredIn: ${plain(file)}\nconfiguredBy:\n  apiVersion: builtin\n  kind: ${kind}\n`;
}

/** One transformation as an item of a list. */
export function asItem(origin: string): string {
  return `- ${origin.trimEnd().replaceAll('\n', '\n  ')}\n`;
}

/** A path below another, as Go's filepath.Join makes it. */
export function joined(directory: string, path: string): string {
  const whole = posix.join(directory, path).replace(/\/+$/, '');
  return whole === '.' && directory === '' && path === '' ? '' : whole;
}

/** What YAML writes without quotes. */
function plain(path: string): string {
  return /^[A-Za-z0-9._][A-Za-z0-9._/-]*$/.test(path) &&
    path.length < 80 &&
    typeof plainNode(path) === 'string'
    ? path
    : refuse(`the origin ${JSON.stringify(path)}`);
}
