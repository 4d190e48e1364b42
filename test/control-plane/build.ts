import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildPrograms, checkGo } from '../servers/go.ts';
import { assets, cacheDirectory, moduleDirectory, PROGRAMS, type Program } from './assets.ts';

const PACKAGES: Readonly<Record<Program, string>> = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
};

async function main(): Promise<void> {
  const found = assets();
  if (found) {
    console.log(`control-plane: ready in ${found.directory} (${found.from})`);
    return;
  }
  const lacking = process.env.KUBEBUILDER_ASSETS;
  if (lacking)
    console.log(`control-plane: KUBEBUILDER_ASSETS (${lacking}) lacks one of ${PROGRAMS.join(', ')}`);
  checkGoOrAssets();
  const flags = versionFlags();
  const programs = PROGRAMS.map((name) => ({ name, package: PACKAGES[name], flags }));
  await buildPrograms('control-plane', moduleDirectory, programs, cacheDirectory());
}

function checkGoOrAssets(): void {
  try {
    checkGo(moduleDirectory);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}, or set KUBEBUILDER_ASSETS`);
  }
}

// Without these the server calls itself v0.0.0-master at /version, which charts and clients read.
function versionFlags(): readonly string[] {
  const goMod = readFileSync(join(moduleDirectory, 'go.mod'), 'utf8');
  const [, version, major, minor] = /k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\S+)/.exec(goMod) ?? [];
  const stamps = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  return Object.entries(stamps).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
}

try {
  await main();
} catch (error) {
  console.error(`control-plane: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
