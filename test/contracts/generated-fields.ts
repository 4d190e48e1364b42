import type { Chance } from './generated-scalars.ts';
import type { Files, Names } from './generated-trees.ts';

/** Fields that fewer repositories use, each with some probability, and their files. */
export function rareFields(
  chance: Chance,
  files: Files,
  directory: string,
  names: Names,
  text: string[],
): void {
  const add = (probability: number, make: () => string) => {
    if (chance.maybe(probability)) text.push(make());
  };
  if (names.scaled.length > 0) add(0.25, () => replacements(chance, files, directory, names));
  add(0.2, () => configurations(chance, files, directory));
  add(
    0.15,
    () =>
      `buildMetadata: [${chance.pick(['originAnnotations', 'transformerAnnotations', 'originAnnotations, transformerAnnotations'])}]`,
  );
}

/** From one workload into others, in each of the ways that a replacement can be told. */
function replacements(chance: Chance, files: Files, directory: string, names: Names): string {
  const name = chance.pick(names.scaled);
  const kind = names.kinds.get(name) ?? 'Deployment';
  const source = chance.pick([
    `source: {kind: ${kind}, name: ${name}}`,
    `source: {kind: ${kind}, name: ${name}, fieldPath: metadata.name}`,
    `source: {name: ${name}, fieldPath: spec.replicas}`,
    `source: {kind: ${kind}, name: ${name}, fieldPath: 'spec.template.spec.containers.[name=main].image', options: {delimiter: ":"}}`,
    `source: {kind: ${kind}, name: ${name}, fieldPath: spec.template.metadata.labels}`,
    `source: {kind: ${kind}, name: ${name}, fieldPath: spec.template.spec.containers.0.name}`,
    'sourceValue: given',
    'sourceValue: "7"',
  ]);
  const select = chance.pick([
    `{kind: ${kind}}`,
    `{name: ${name}}`,
    `{kind: Deployment|StatefulSet}`,
    '{kind: Service}',
    '{labelSelector: "tier=1"}',
    `{kind: ${kind}, namespace: one}`,
  ]);
  const reject = chance.pick([
    '',
    '',
    `, reject: [{name: ${chance.pick(names.all)}}]`,
    ', reject: [{kind: Job}]',
  ]);
  const path = chance.pick([
    'spec.template.spec.containers.*.image',
    'spec.template.spec.containers.[name=main].image',
    'spec.replicas',
    'metadata.annotations.put',
    'metadata.labels.put',
    'spec.template.metadata.labels',
    'spec.template.metadata.labels.app',
    'metadata.annotations.[example.com/put]',
    'spec.made.deep.down',
  ]);
  const options = chance.pick([
    '',
    ', options: {create: true}',
    ', options: {create: true}',
    ', options: {delimiter: ":", index: 1}',
    ', options: {delimiter: "/", index: -1}',
  ]);
  const one = `{${source}, targets: [{select: ${select}${reject}, fieldPaths: ["${path}"]${options}}]}`;
  if (chance.maybe(0.7)) return `replacements: [${one}]`;
  files[`${directory}/replacement.yaml`] = chance.maybe(0.5) ? `${one}\n` : `- ${one}\n`;
  return 'replacements: [{path: replacement.yaml}]';
}

/** More places for each of the fields that have places. */
function configurations(chance: Chance, files: Files, directory: string): string {
  const all = [
    'images: [{path: spec/image, kind: Widget}, {path: spec/template/spec/containers/image, kind: Deployment}]',
    'replicas: [{path: spec/size, kind: Widget, create: true}]',
    'commonLabels: [{path: spec/selector, kind: Widget, create: true}]',
    'labels: [{path: spec/own, kind: Service, create: true}]',
    'commonAnnotations: [{path: spec/notes, kind: Widget, create: true}]',
    'namespace: [{path: spec/where, kind: Widget, create: true}, {path: subjects/namespace, kind: ClusterRoleBinding}]',
    'namePrefix: [{path: spec/title, kind: Widget}]',
    'nameSuffix: [{path: spec/title, kind: Widget}]',
    'nameReference: [{kind: ConfigMap, version: v1, fieldSpecs: [{path: spec/map, kind: Widget}, {path: metadata/annotations/note, kind: Service}]}]',
    'nameReference: [{kind: Widget, fieldSpecs: [{path: metadata/annotations/other}]}]',
    'varReference: [{path: spec/x, kind: Widget}]',
    'templateLabels: [{path: spec/pods/metadata/labels, kind: Widget, create: true}]',
  ];
  files[`${directory}/configuration.yaml`] =
    `${all.filter((line, at) => chance.maybe(0.3) && all.findIndex((one) => one.split(':')[0] === line.split(':')[0]) === at).join('\n')}\n`;
  return 'configurations: [configuration.yaml]';
}

/** An object whose YAML repeats itself by anchors. */
export function anchored(chance: Chance, name: string): string {
  const values = chance.pick([
    '&v [1, "two", {three: 3}]',
    '&v {a: 1, b: "x: y"}',
    '&v "text # no comment"',
    '&v 010',
  ]);
  return `apiVersion: example.com/v1
kind: Widget
metadata:
  name: ${name}
  labels: &l {app: ${name}, tier: "1"}
spec:
  first: ${values}
  second: *v
  selector: *l
  base: &base
    kept: yes
    lost: 1
  merged:
    <<: ${chance.pick(['*base', '[*base, *l]', '{lost: 5, other: 6}'])}
    lost: 2
  title: title
  image: nginx:1.25
  map: made
  block: &b |
    one
      two
  again: *b
`;
}
