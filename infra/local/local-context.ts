import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { isYamlMap, parseYaml, type YamlMap, type YamlValue } from '../../shared/core/yaml.ts';
import { asInput } from '../cli/command.ts';
import { kubeconfigFiles } from '../cli/person-kubeconfig.ts';
import type { World } from '../cli/world.ts';

/** A cluster on this machine that the person's kubectl talks to. */
export interface LocalContext {
  readonly name: string;
  /** Such as `kind`. */
  readonly tool: string;
  /** As it is given to `--kubeconfig`. */
  readonly kubeconfig: string;
}

/** Names of contexts as these tools write them: kind and k3d put their own before the cluster's name. */
const TOOLS: readonly (readonly [RegExp, string])[] = [
  [/^kind-./, 'kind'],
  [/^k3d-./, 'k3d'],
  [/^minikube$/, 'minikube'],
  [/^docker-(desktop|for-desktop)$/, 'Docker Desktop'],
];
/** How long a local cluster may take to accept a connection, milliseconds. */
const ANSWER_WITHIN_MS = 500;

/** The current context, when it is a cluster that kind, k3d, minikube or Docker Desktop runs here and that accepts connections. */
export async function findLocalContext(world: World): Promise<LocalContext | undefined> {
  const current = readCurrent(world);
  if (current === undefined) return undefined;
  const tool = toolOf(current);
  if (tool === undefined || !(await accepts(current.server))) return undefined;
  return { name: current.name, tool, kubeconfig: current.file };
}

interface Current {
  readonly name: string;
  readonly server: string;
  readonly file: string;
  /** Whether minikube signed the context: its profiles may have any name. */
  readonly minikube: boolean;
}

/** Undefined for anything that is not a plain kubeconfig in one file: nothing is offered then. */
function readCurrent(world: World): Current | undefined {
  try {
    const [file, ...more] = kubeconfigFiles(asInput({}), world);
    if (file === undefined || more.length > 0) return undefined;
    const root = parseYaml(readFileSync(file, 'utf8'));
    const name = isYamlMap(root) ? root['current-context'] : undefined;
    if (!isYamlMap(root) || typeof name !== 'string') return undefined;
    const context = named(root.contexts, name, 'context');
    const cluster = named(root.clusters, context?.cluster, 'cluster');
    if (typeof cluster?.server !== 'string' || !URL.canParse(cluster.server)) return undefined;
    const minikube = JSON.stringify(context?.extensions ?? []).includes('minikube.sigs.k8s.io');
    return { name, server: cluster.server, file, minikube };
  } catch {
    return undefined;
  }
}

function named(
  list: YamlValue | undefined,
  name: YamlValue | undefined,
  member: string,
): YamlMap | undefined {
  const entries = Array.isArray(list) ? (list as readonly YamlValue[]) : [];
  const entry = entries.find((item) => isYamlMap(item) && item.name === name);
  const value = isYamlMap(entry) ? entry[member] : undefined;
  return isYamlMap(value) ? value : undefined;
}

function toolOf({ name, minikube }: Current): string | undefined {
  return minikube ? 'minikube' : TOOLS.find(([pattern]) => pattern.test(name))?.[1];
}

function accepts(server: string): Promise<boolean> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(server);
    const socket = createConnection({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || 443),
      timeout: ANSWER_WITHIN_MS,
    });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
