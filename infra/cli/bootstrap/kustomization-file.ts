import { type Document, isMap, isSeq, parse, parseDocument } from 'yaml';
import { Fault } from '../../../shared/core/failures.ts';
import { CONTROLLERS_PATCH } from '../../../shared/kustomize/flux-controllers.ts';

/** Flux's own controllers and definitions in a bootstrapped repository. */
export const COMPONENTS = 'gotk-components.yaml';

/** What the kustomization.yaml of the folder `flux-system` has to say. */
export interface KustomizationWish {
  /** Its name, for sentences. */
  readonly path: string;
  readonly resources: readonly string[];
  /** Leaves Flux's own controllers out. */
  readonly withoutControllers: boolean;
}

const FRESH = 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []\n';

/** The file with what is wished, everything else as it was; the very text when it says all of it already. Fault `malformed`. */
export function kustomizationWith(present: string | undefined, wish: KustomizationWish): string {
  const document = parseDocument(present ?? FRESH);
  if (document.errors.length > 0 || !isMap(document.contents)) {
    const text = `${wish.path} in the repository cannot be read as a kustomization; mend it first`;
    throw new Fault('malformed', text, { path: wish.path });
  }
  const before = document.toJS() as { readonly resources?: unknown; readonly patches?: unknown };
  const listed = Array.isArray(before.resources) ? before.resources.map(String) : [];
  const missing = wish.resources.filter((name) => !listed.some((one) => one.replace(/^\.\//, '') === name));
  for (const name of missing) append(document, 'resources', name);
  const unpatched = wish.withoutControllers && !leavesControllersOut(before.patches);
  if (unpatched) append(document, 'patches', parse(CONTROLLERS_PATCH).patches[0]);
  const isSame = present !== undefined && missing.length === 0 && !unpatched;
  return isSame ? present : document.toString({ indentSeq: false, lineWidth: 0 });
}

/** Whether Flux's controllers are left out of what this kustomization.yaml builds, in our words or in others. */
export function leavesControllersOut(patches: unknown): boolean {
  const list: readonly unknown[] = Array.isArray(patches) ? patches : [];
  return list.some((item) => {
    const { patch, target } = (item ?? {}) as { readonly patch?: unknown; readonly target?: Target };
    const deletes = typeof patch === 'string' && /^\s*\$patch:\s*delete\s*$/m.test(patch);
    const wanted = (parse(CONTROLLERS_PATCH) as { patches: [{ target: Target }] }).patches[0].target;
    return deletes && target !== undefined && coversFlux(target, wanted);
  });
}

interface Target {
  readonly kind?: string;
  readonly name?: string;
  readonly labelSelector?: string;
}

function coversFlux({ kind, name, labelSelector }: Target, wanted: Target): boolean {
  const isWide = labelSelector === undefined || labelSelector === wanted.labelSelector;
  return kind === wanted.kind && !name && isWide;
}

function append(document: Document, key: string, value: unknown): void {
  const list = document.get(key);
  // A list in one line stays one only as long as it is empty.
  if (isSeq(list) && list.items.length === 0) list.flow = false;
  if (isSeq(list)) list.add(document.createNode(value));
  else document.set(key, document.createNode([value]));
}
