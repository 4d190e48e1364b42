import { randomNumbers } from '../features/yaml/texts.ts';
import { rareFields } from './generated-fields.ts';
import { KINDS, type Make } from './generated-objects.ts';
import { type Chance, scalar, value } from './generated-scalars.ts';

/** Files by path, with a kustomization at the root. */
export type Files = Record<string, string>;

/** Builds a chance from a seed. */
export function chanceOf(seed: number): Chance {
  const random = randomNumbers(seed);
  const below = (bound: number) => Math.floor(random() * bound);
  return {
    below,
    pick: (items) => items[below(items.length)] as (typeof items)[number],
    maybe: (probability) => random() < probability,
  };
}

/** What a tree holds so far. */
export interface Names {
  readonly all: string[];
  readonly scaled: string[];
  /** The kind of each of them. */
  readonly kinds: Map<string, string>;
  readonly fixed: Set<Make>;
  /** Whether the base generates `made`. */
  made: boolean;
}

/** A tree of kustomizations that uses what the renderer handles, and some of what it does not; always the same for a seed. */
export function treeFrom(seed: number): Files {
  const chance = chanceOf(seed);
  const files: Files = {};
  const names: Names = { all: [], scaled: [], kinds: new Map(), fixed: new Set(), made: false };
  base(chance, files, 'base', names);
  const two = chance.maybe(0.3);
  if (two) base(chance, files, 'other', names);
  const component = chance.maybe(0.4);
  if (component) write(files, 'part', customized(chance, files, 'part', names), 'Component');
  const middle = chance.maybe(0.5);
  const bases = [...(two ? ['other'] : []), 'base'];
  if (middle) {
    const text = `resources:\n${bases.map((one) => `- ../${one}\n`).join('')}${customized(chance, files, 'middle', names)}`;
    write(files, 'middle', text);
  }
  const below = middle ? ['middle'] : bases;
  const own = objects(chance, files, 'top', names, chance.below(3));
  const list = [...below.map((one) => `../${one}`), ...own];
  const parts = component ? 'components: [../part]\n' : '';
  write(
    files,
    'top',
    `resources:\n${list.map((one) => `- ${one}\n`).join('')}${parts}${customized(chance, files, 'top', names)}`,
  );
  return files;
}

function write(files: Files, directory: string, text: string, kind = 'Kustomization'): void {
  const version = kind === 'Component' ? 'v1alpha1' : 'v1beta1';
  files[`${directory}/kustomization.yaml`] =
    `apiVersion: kustomize.config.k8s.io/${version}\nkind: ${kind}\n${text}`;
}

function base(chance: Chance, files: Files, directory: string, names: Names): void {
  const own = objects(chance, files, directory, names, 1 + chance.below(6));
  const text = `resources:\n${own.map((one) => `- ${one}\n`).join('')}`;
  write(files, directory, `${text}${chance.maybe(0.6) ? customized(chance, files, directory, names) : ''}`);
}

/** Files of objects, some with several documents and comments. */
function objects(chance: Chance, files: Files, directory: string, names: Names, count: number): string[] {
  const made: string[] = [];
  for (let index = 0; index < count; index++) {
    const documents = Array.from({ length: chance.maybe(0.3) ? 2 : 1 }, () => {
      const name = `${directory}-${names.all.length}`;
      names.all.push(name);
      const make = chance.pick(KINDS.filter((kind) => !names.fixed.has(kind)));
      if (make.fixed) names.fixed.add(make);
      const text = make(chance, name);
      if (make.scaled) {
        names.scaled.push(name);
        names.kinds.set(name, /^kind: (.*)$/m.exec(text)?.[1] ?? '');
      }
      return text;
    });
    const file = `o${index}.yaml`;
    const head = chance.pick(['', '---\n', '# a comment\n', '# a comment\n---\n']);
    files[`${directory}/${file}`] =
      `${head}${documents.join(chance.pick(['---\n', '---\n# next\n', '\n---\n\n']))}`;
    made.push(file);
  }
  return made;
}

/** The fields of one kustomization, each with some probability. */
function customized(chance: Chance, files: Files, directory: string, names: Names): string {
  const text: string[] = [];
  const add = (probability: number, make: () => string) => {
    if (chance.maybe(probability)) text.push(make());
  };
  add(0.3, () => `namespace: ${chance.pick(['one', 'three'])}`);
  add(0.3, () => `namePrefix: ${chance.pick(['p-', 'pre-'])}`);
  add(0.2, () => `nameSuffix: ${chance.pick(['-s', '-suf'])}`);
  add(0.3, () => {
    const flags = chance.pick([
      '',
      ', includeSelectors: true',
      ', includeTemplates: true',
      ', fields: [{path: spec/own, kind: Widget, create: true}, {path: metadata/labels, create: true}]',
    ]);
    return `labels:\n- {pairs: {team: "a", x/on: "yes"}${flags}}`;
  });
  add(0.15, () => `commonLabels: {common: "${chance.pick(['x', '1', 'true'])}"}`);
  add(0.2, () => `commonAnnotations:\n  noted: ${chance.pick(['x', '"1"', '"a\\nb"', '"a: b"'])}`);
  add(
    0.4,
    () =>
      `images:\n- ${chance.pick(['{name: nginx, newTag: "1.26"}', '{name: app, newName: ghcr.io/x/app, digest: "sha256:ff"}', '{name: ghcr.io/org/app, newName: local/app}', '{name: nginx, newTag: v2, digest: "sha256:aa"}', '{name: localhost:5000/app, tagSuffix: -x, newName: nginx}'])}`,
  );
  if (names.scaled.length > 0) add(0.2, () => `replicas: [{name: ${chance.pick(names.scaled)}, count: 7}]`);
  add(0.35, () => generator(chance, files, directory, names));
  add(0.1, () => 'generatorOptions: {labels: {made: "1"}, annotations: {note: "x"}}');
  if (names.scaled.length > 0 && chance.maybe(0.25)) text.push(patchesById(chance, files, directory, names));
  else add(0.45, () => patches(chance, files, directory, names));
  rareFields(chance, files, directory, names, text);
  if (directory === 'top') add(0.1, () => `sortOptions: {order: ${chance.pick(['legacy', 'fifo'])}}`);
  return text.length === 0 ? 'metadata: {name: x}\n' : `${text.join('\n')}\n`;
}

function generator(chance: Chance, files: Files, directory: string, names: Names): string {
  files[`${directory}/f.txt`] = chance.pick([
    'one\ntwo\n',
    'x',
    '  lead\n',
    'a\n\n\nb',
    'tab\there\n',
    'trail \nx\n',
    '',
  ]);
  files[`${directory}/e.env`] = 'A=1\n# c\n\n  B = x=y\nC\n';
  const kind = names.made ? 'configMapGenerator' : chance.pick(['configMapGenerator', 'secretGenerator']);
  const name = directory === 'base' ? (kind === 'secretGenerator' ? 'hidden' : 'made') : `made-${directory}`;
  const behavior = names.made && directory === 'top' && chance.maybe(0.6) ? ', behavior: merge' : '';
  if (name === 'made') names.made = true;
  const options = chance.pick([
    '',
    '',
    ', options: {disableNameSuffixHash: true}',
    ', options: {immutable: true, labels: {x: "y"}}',
  ]);
  const sources = ['literals: [a=1, "b=x y", c=<&>]', 'files: [f.txt, k=f.txt]', 'envs: [e.env]'];
  const used = sources.filter(() => chance.maybe(0.6));
  const target = behavior === '' ? name : 'made';
  return `${kind}:\n- {name: ${target}, ${[...used, 'literals: [z=1]'].slice(0, Math.max(1, used.length)).join(', ')}${behavior}${options}}`;
}

/** Patches that name what they change, in each of the fields that take them. */
function patchesById(chance: Chance, files: Files, directory: string, names: Names): string {
  const name = chance.pick(names.scaled);
  const kind = (object: string) => `apiVersion: apps/v1\nkind: ${object}\nmetadata: {name: ${name}}\n`;
  const own = names.kinds.get(name) ?? 'Deployment';
  const text = `${kind(own)}spec:\n  template:\n    spec:\n      containers:\n      - name: main\n        args: [x, "1"]\n        volumeMounts: [{name: v, mountPath: /v, readOnly: true}]\n      initContainers: [{name: init, $patch: delete}]\n`;
  files[`${directory}/by-id.yaml`] = chance.maybe(0.2) ? text.replaceAll('\n', '\r\n') : text;
  const json = `[{"op": "replace", "path": "/spec/template/spec/containers/0/name", "value": "other"}]`;
  return chance.pick([
    'patches: [{path: by-id.yaml}]',
    'patchesStrategicMerge: [by-id.yaml]',
    `patchesStrategicMerge:\n- |-\n  ${text.trimEnd().replaceAll('\n', '\n  ')}`,
    `patchesJson6902:\n- target: {group: apps, version: v1, kind: ${own}, name: ${name}}\n  patch: '${json}'`,
  ]);
}

function patches(chance: Chance, files: Files, directory: string, names: Names): string {
  const kind = chance.pick([
    'Deployment',
    'StatefulSet',
    'Service',
    'ConfigMap',
    'Deployment|Job',
    '.*',
    'Widget',
  ]);
  const target = chance.pick([
    `{kind: ${kind}}`,
    `{kind: ${kind}, name: ${chance.pick(names.all)}}`,
    `{kind: ${kind}, labelSelector: "tier=1"}`,
    '{labelSelector: "app, tier!=2"}',
    '{namespace: one}',
    '{annotationSelector: "other=x"}',
    '{name: "base-.*"}',
  ]);
  const json = [
    '- op: add\n  path: /metadata/annotations/added\n  value: "x"',
    '- op: add\n  path: /spec\n  value: {replaced: [1, "2", true, null]}',
    `- op: replace\n  path: /metadata/name\n  value: renamed\n- {op: remove, path: /metadata/labels}`,
    '- {op: copy, from: /metadata/name, path: /metadata/copied}\n- {op: move, from: /metadata/copied, path: /metadata/moved}',
  ];
  const strategic = [
    `metadata:\n  name: x\n  labels: {patched: "1"}\nspec:\n  template:\n    spec:\n      containers:\n      - name: main\n        env: [{name: B, value: ${scalar(chance)}}, {name: A, $patch: delete}]\n        ports: [{containerPort: 80, name: http}, {containerPort: 9090}]\n      - name: added\n        image: x\n`,
    `metadata:\n  name: x\nspec:\n  replicas: 9\n  template:\n    spec:\n      volumes: [{name: v, emptyDir: {}, configMap: null}]\n      containers:\n      - {name: side, $patch: delete}\n`,
    'metadata: {name: x}\n$patch: delete\n',
    'metadata: {name: x}\nspec:\n  $patch: replace\n  template: {spec: {containers: []}}\n',
    `metadata: {name: x}\ndata:\n  a:${value(chance, '  ')}\n  b.txt: null\n`,
    'metadata: {name: x, finalizers: [e/f, a/b]}\nspec:\n  list: [{name: b}]\n  nasty: null\n  ports: [{port: 443}, {port: 80, name: web}]\n',
  ];
  if (chance.maybe(0.4)) {
    return `patches:\n- target: ${target}\n  patch: |-\n    ${chance.pick(json).replaceAll('\n', '\n    ')}`;
  }
  const text = `apiVersion: v1\nkind: Any\n${chance.pick(strategic)}`;
  if (chance.maybe(0.5)) {
    files[`${directory}/patch.yaml`] = text;
    return `patches:\n- path: patch.yaml\n  target: ${target}`;
  }
  return `patches:\n- target: ${target}\n  patch: |\n    ${text.trimEnd().replaceAll('\n', '\n    ')}`;
}
