import { found, type Outcome, trouble } from './chart.ts';

// Upstream's `^([-a-z0-9]+/?\.?)+$`, written so that no name takes long.
const NAME = /^[-a-z0-9]+(?:(?:\/\.?|\.)[-a-z0-9]+)*(?:\/\.?|\.)?$/;

/** HC-05: the name of a chart of a HelmRepository. */
export function checkChartName(name: string): Outcome<string> {
  if (name === '') return trouble('invalid', 'no name set for remote chart reference: set spec.chart');
  if (NAME.test(name)) return found(name);
  return trouble(
    'invalid',
    `invalid chart name '${name}': it has to be of lower case letters and numbers, separated by dashes (-), slashes (/) or periods (.)`,
  );
}

/** HC-05: a path of a source, without `.` and `..`; what would leave the source stays at its root, as upstream joins paths. */
export function localPath(path: string): Outcome<string> {
  if (path === '') return trouble('invalid', 'no path set for local chart reference: set spec.chart');
  if (path.startsWith('/'))
    return trouble('invalid', `local chart reference path is expected to be relative, '${path}' is absolute`);
  return found(joinInside(path));
}

/** Paths one after the other, without `.` and `..`; `..` at the root stays there. */
export function joinInside(...paths: readonly string[]): string {
  const elements: string[] = [];
  for (const element of paths.join('/').split('/')) {
    if (element === '..') elements.pop();
    else if (element !== '' && element !== '.') elements.push(element);
  }
  return elements.join('/');
}
