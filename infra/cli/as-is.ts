import { readFileSync } from 'node:fs';
import { parseKubeconfig } from '../../shared/adapters/kubernetes/kubeconfig.ts';
import { Fault } from '../../shared/core/failures.ts';
import { isYamlMap, parseYaml, type YamlValue } from '../../shared/core/yaml.ts';
import type { Input } from './command.ts';
import { kubeconfigFiles, type Person } from './person-kubeconfig.ts';
import type { World } from './world.ts';

/** The kubeconfig itself, under the rules for stored ones: no programs, no files, verified. Fault `invalid` says what is against them. */
export function readAsIs(input: Input, world: World): Person {
  const files = kubeconfigFiles(input, world);
  const [source = ''] = files;
  if (files.length > 1)
    throw new Fault('invalid', 'KUBECONFIG names several files; give one with --kubeconfig');
  const text = readFileSync(source, 'utf8');
  const wished = input.text('context');
  const chosen = wished === undefined ? text : withContext(text, wished);
  try {
    return {
      context: wished ?? 'the current one',
      user: 'its user',
      source,
      kubectl: `kubectl --kubeconfig ${source}${wished === undefined ? '' : ` --context ${wished}`}`,
      connection: parseKubeconfig(chosen),
    };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const text = `${source} cannot be stored as it is: ${error.message}; without --as-is it may stay as it is`;
    throw new Fault(error.code, text, error.data, error);
  }
}

function withContext(text: string, context: string): string {
  let config: YamlValue = null;
  try {
    config = parseYaml(text);
  } catch {
    // `parseKubeconfig` says it, without quoting the text.
  }
  return isYamlMap(config) ? JSON.stringify({ ...config, 'current-context': context }) : text;
}
