import { readFileSync } from 'node:fs';
import { parseKubeconfig } from '../../shared/adapters/kubernetes/kubeconfig.ts';
import { Fault } from '../../shared/core/failures.ts';
import { isYamlMap, parseYaml, type YamlMap } from '../../shared/core/yaml.ts';
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
  const config = readMap(text);
  const wished = input.text('context');
  const chosen =
    config && wished !== undefined ? JSON.stringify({ ...config, 'current-context': wished }) : text;
  try {
    return {
      connection: parseKubeconfig(chosen),
      context: wished ?? String(config?.['current-context']),
      user: 'the user',
      source,
      kubectl: `kubectl --kubeconfig ${source}${wished === undefined ? '' : ` --context ${wished}`}`,
    };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const way = error.data.field
      ? '; or leave --as-is out, then Sluice gets a ServiceAccount of its own'
      : '';
    const text = `${source} cannot be stored as it is: ${error.message}${way}`;
    throw new Fault(error.code, text, error.data, error);
  }
}

/** The kubeconfig as a mapping; undefined is for `parseKubeconfig` to explain, without quoting the text. */
function readMap(text: string): YamlMap | undefined {
  try {
    const config = parseYaml(text);
    return isYamlMap(config) ? config : undefined;
  } catch {
    return undefined;
  }
}
