import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KUBERNETES_TABLE } from '../../../../shared/core/kubernetes-schema/table.ts';
import { builtInResources, subresourceType } from '../schema/built-in-resources.ts';
import { messageOf } from './messages.ts';
import { SPECIAL } from './special.ts';

// Run by hand, when the control plane moves to another version of Kubernetes: it reads the Go modules that the control plane is built of.

const MODULE = join(import.meta.dirname, '../../../../test/control-plane/module');
const ROOTS: Readonly<Record<string, string>> = {
  'k8s.io.api.': folderOf('k8s.io/api'),
  'k8s.io.apimachinery.': folderOf('k8s.io/apimachinery'),
};

/** What the Go tags of a field say that the .proto does not: its name in JSON, and what becomes of a zero. */
interface Tag {
  readonly json: string;
  readonly omits: boolean;
  readonly omitsZero: boolean;
  readonly inline: boolean;
  readonly pointer: boolean;
}

const FIELD =
  /^\s*(?:optional|repeated|required)?\s*(map<\s*string\s*,\s*([\w.]+)\s*>|[\w.]+)\s+(\w+)\s*=\s*(\d+)/;
const GO_FIELD = /^\s*(?:\w+\s+)?([\w.[\]*]+)\s+`json:"([^"]*)"[^`]* protobuf:"\w+,(\d+),/;

const SCALARS: Readonly<Record<string, string>> = {
  string: 's',
  int32: 'i',
  int64: 'i',
  bool: 'b',
  bytes: 'y',
};

function main(): void {
  const messages: Record<string, string> = {};
  const wanted = [...rootMessages()];
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (messages[name] !== undefined || SPECIAL[name]) continue;
    const { text, uses } = readMessage(name);
    messages[name] = text;
    wanted.push(...uses);
  }
  const lines = Object.keys(messages)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${JSON.stringify(messages[name])}`);
  const table = `{"version":"${KUBERNETES_TABLE.version}",\n"messages":{\n${lines.join(',\n')}}}\n`;
  writeFileSync(join(import.meta.dirname, 'table.json'), table);
}

/** All kinds that are served, and what deletions carry. */
function* rootMessages(): Iterable<string> {
  yield 'meta.v1.DeleteOptions';
  for (const type of builtInResources()) {
    const kinds = [type, ...type.subresources.map((name) => subresourceType(type, name))];
    for (const kind of kinds) {
      const apiVersion = kind && (kind.group === '' ? kind.version : `${kind.group}/${kind.version}`);
      const name = apiVersion && messageOf(apiVersion, kind.kind);
      // Of CRDs: their typed client is used by nobody who has to create them.
      if (name && !name.startsWith('apiextensions.')) yield name;
    }
  }
}

function readMessage(name: string): { readonly text: string; readonly uses: readonly string[] } {
  const proto = fullNameOf(name);
  const folder = folderOfPackage(proto.slice(0, proto.lastIndexOf('.')));
  const short = name.slice(name.lastIndexOf('.') + 1);
  const block = blockOf(join(folder, 'generated.proto'), `message ${short} {`);
  const tags = tagsOf(blockOf(join(folder, 'types.go'), `type ${short} struct {`));
  const uses: string[] = [];
  const fields = block.split('\n').flatMap((line) => {
    const match = FIELD.exec(line);
    if (!match) return [];
    const [, written = '', mapped, , number = ''] = match;
    const tag = tags.get(number);
    if (!tag) throw new Error(`${name} has no Go field ${number}`);
    const type = typeOf(mapped ?? written, proto);
    if (!Object.values(SCALARS).includes(type)) uses.push(type);
    const prefix = mapped ? '{' : line.includes('repeated ') ? '[' : '';
    return [`${number} ${tag.inline ? '-' : tag.json} ${prefix}${type}${flagOf(tag, prefix, type)}`];
  });
  return { text: fields.join(';'), uses };
}

/** `?`: left out when zero. `!`: null when absent. */
function flagOf(tag: Tag, prefix: string, type: string): string {
  if (prefix !== '' || type === 'y') return tag.omits ? '' : '!';
  if (tag.pointer || tag.inline) return '';
  const scalar = Object.values(SCALARS).includes(type);
  return (scalar && tag.omits) || tag.omitsZero ? '?' : '';
}

function typeOf(written: string, from: string): string {
  const scalar = SCALARS[written];
  if (scalar) return scalar;
  const full = written.startsWith('.')
    ? written.slice(1)
    : `${from.slice(0, from.lastIndexOf('.'))}.${written}`;
  return full.replace(/^k8s\.io\.(api|apimachinery\.pkg\.apis|apimachinery\.pkg)\./, '');
}

function fullNameOf(name: string): string {
  if (name.startsWith('meta.')) return `k8s.io.apimachinery.pkg.apis.${name}`;
  return `k8s.io.api.${name}`;
}

function folderOfPackage(name: string): string {
  for (const [prefix, folder] of Object.entries(ROOTS)) {
    if (name.startsWith(prefix)) return join(folder, ...name.slice(prefix.length).split('.'));
  }
  throw new Error(`nobody knows where package ${name} is`);
}

function tagsOf(block: string): ReadonlyMap<string, Tag> {
  const tags = new Map<string, Tag>();
  for (const line of block.split('\n')) {
    const [, type = '', json = '', number = ''] = GO_FIELD.exec(line) ?? [];
    if (number === '') continue;
    const [name = '', ...options] = json.split(',');
    tags.set(number, {
      json: name,
      omits: options.includes('omitempty'),
      omitsZero: options.includes('omitzero'),
      inline: name === '',
      pointer: type.startsWith('*'),
    });
  }
  return tags;
}

function blockOf(file: string, head: string): string {
  const text = readFileSync(file, 'utf8');
  const start = text.indexOf(`\n${head}`);
  if (start === -1) throw new Error(`${file} has no \`${head}\``);
  return text.slice(start, text.indexOf('\n}', start));
}

function folderOf(module: string): string {
  const options = { cwd: MODULE, encoding: 'utf8' } as const;
  return execFileSync('go', ['list', '-m', '-f', '{{.Dir}}', module], options).trim();
}

main();
