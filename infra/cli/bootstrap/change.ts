import { parse } from 'yaml';
import type { RemoteBranch } from '../../local/git/remote-branch.ts';
import { FLUX_NAMESPACE } from '../namespace.ts';
import { COMPONENTS, kustomizationWith, leavesControllersOut } from './kustomization-file.ts';
import { type SyncOptions, syncFiles } from './sync-manifests.ts';

/** As `flux bootstrap` calls its commit. */
export const COMMIT_MESSAGE = 'Add Flux sync manifests';

/** What a repository lacks of a sync. */
export interface Change {
  /** The cluster's folder `flux-system`. */
  readonly folder: string;
  /** Texts by path in the repository; empty when nothing has to be committed. */
  readonly files: Readonly<Record<string, string>>;
  /** Flux's own manifests are there. */
  readonly hasComponents: boolean;
  /** They would start Flux's controllers as the repository is now. */
  readonly startsControllers: boolean;
}

/** Compares the branch with what the sync needs. Fault `malformed` when its kustomization.yaml cannot be read. */
export async function changeOf(remote: Pick<RemoteBranch, 'read'>, sync: SyncOptions): Promise<Change> {
  const folder = sync.path === '' ? FLUX_NAMESPACE : `${sync.path}/${FLUX_NAMESPACE}`;
  const hasComponents = (await remote.read(`${folder}/${COMPONENTS}`)) !== undefined;
  const path = `${folder}/kustomization.yaml`;
  const present = await remote.read(path);
  const manifests = syncFiles(sync);
  const resources = [...(hasComponents ? [COMPONENTS] : []), ...Object.keys(manifests)];
  const wished = kustomizationWith(present, { path, resources, withoutControllers: hasComponents });
  const startsControllers = hasComponents && !(present !== undefined && isPatched(present));
  const files: Record<string, string> = {};
  for (const [name, text] of [...Object.entries(manifests), ['kustomization.yaml', wished] as const]) {
    const before = await remote.read(`${folder}/${name}`);
    if (before !== text) files[`${folder}/${name}`] = text;
  }
  return { folder, files, hasComponents, startsControllers };
}

function isPatched(kustomization: string): boolean {
  return leavesControllersOut((parse(kustomization) as { readonly patches?: unknown } | null)?.patches);
}
