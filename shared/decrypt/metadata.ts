import { Fault } from '../core/failures.ts';
import type { MasterKey } from './master-keys.ts';
import type { Rules } from './rules.ts';
import { Branch, Comment, entriesOf, isList, type TreeValue } from './tree.ts';

/** What a file says about its encryption. */
export interface Metadata {
  /** Of each group any key gives a part of the data key; a single group gives all of it. */
  readonly groups: readonly (readonly MasterKey[])[];
  /** How many groups' parts make the data key. */
  readonly threshold: number;
  readonly rules: Rules;
}

/** Ours: master keys of one file; each may be a request to somewhere, and people have a handful. */
const MAX_KEYS = 100;

/** Metadata as plain data. */
type Plain = string | readonly Plain[] | { readonly [key: string]: Plain };
type PlainMap = { readonly [key: string]: Plain };

/** Reads the tree below `sops`. Fault `malformed`. */
export function readMetadata(tree: Branch): Metadata {
  const data = plainMap(tree);
  const groups = groupsOf(data);
  if (groups.length === 0) throw malformed('No keys found in file');
  if (groups.flat().length > MAX_KEYS) throw malformed(`more than ${MAX_KEYS} master keys`);
  const threshold = Number(textAt(data, 'shamir_threshold') || '0');
  if (!Number.isInteger(threshold)) throw malformed('shamir_threshold is no whole number');
  return { groups, threshold, rules: rulesOf(data) };
}

const RULES = {
  unencryptedSuffix: 'unencrypted_suffix',
  encryptedSuffix: 'encrypted_suffix',
  unencryptedRegex: 'unencrypted_regex',
  encryptedRegex: 'encrypted_regex',
  unencryptedCommentRegex: 'unencrypted_comment_regex',
  encryptedCommentRegex: 'encrypted_comment_regex',
} as const;

// What SOPS leaves alone when no rule says anything.
const DEFAULT_RULES: Rules = { unencryptedSuffix: '_unencrypted' };

function rulesOf(data: PlainMap): Rules {
  const entries = Object.entries(RULES).flatMap(([rule, field]) => {
    const value = textAt(data, field);
    return value === '' ? [] : [[rule, value]];
  });
  if (entries.length > 1)
    throw malformed(`Cannot use more than one of ${Object.values(RULES).join(', ')} in the same file`);
  return entries.length === 0 ? DEFAULT_RULES : Object.fromEntries(entries);
}

function groupsOf(data: PlainMap): readonly (readonly MasterKey[])[] {
  const single = keysOf(data);
  if (single.length > 0) return [single];
  return listAt(data, 'key_groups').map(keysOf);
}

/** In SOPS's order: what is no age or PGP key is tried in this one. */
function keysOf(group: PlainMap): readonly MasterKey[] {
  const of = <Key>(field: string, make: (text: (name: string) => string, item: PlainMap) => Key) =>
    listAt(group, field).map((item) => make((name) => textAt(item, name), item));
  return [
    ...of('kms', (text, item) => ({
      type: 'kms' as const,
      arn: text('arn'),
      role: text('role'),
      context: contextOf(item),
      encrypted: text('enc'),
    })),
    ...of('gcp_kms', (text) => ({
      type: 'gcp_kms' as const,
      resource: text('resource_id'),
      encrypted: text('enc'),
    })),
    ...of('hckms', (text) => ({ type: 'hckms' as const, id: text('key_id'), encrypted: text('enc') })),
    ...of('azure_kv', (text) => ({
      type: 'azure_kv' as const,
      vault: text('vault_url'),
      name: text('name'),
      version: text('version'),
      encrypted: text('enc'),
    })),
    ...of('hc_vault', (text) => ({
      type: 'hc_vault' as const,
      address: text('vault_address'),
      engine: text('engine_path'),
      name: text('key_name'),
      encrypted: text('enc'),
    })),
    ...of('pgp', (text) => ({ type: 'pgp' as const, fingerprint: text('fp'), encrypted: text('enc') })),
    ...of('age', (text) => ({ type: 'age' as const, recipient: text('recipient'), encrypted: text('enc') })),
  ];
}

function contextOf(item: PlainMap): Readonly<Record<string, string>> {
  const { context } = item;
  return isPlainMap(context)
    ? Object.fromEntries(Object.entries(context).map(([key, value]) => [key, String(value)]))
    : {};
}

function listAt(data: PlainMap, field: string): readonly PlainMap[] {
  const value = data[field];
  if (value === undefined || value === '') return [];
  if (!Array.isArray(value) || !value.every(isPlainMap)) throw malformed(`${field} is no list of mappings`);
  return value;
}

function textAt(data: PlainMap, field: string): string {
  const value = Object.hasOwn(data, field) ? data[field] : undefined;
  if (value === undefined) return '';
  if (typeof value !== 'string') throw malformed(`${field} is no text`);
  return value;
}

function isPlainMap(value: Plain | undefined): value is PlainMap {
  return typeof value === 'object' && !Array.isArray(value);
}

function plainMap(branch: Branch): PlainMap {
  return Object.fromEntries(entriesOf(branch).map(({ key, value }) => [key, plain(value)]));
}

function plain(value: TreeValue): Plain {
  if (value instanceof Branch) return plainMap(value);
  if (isList(value)) return value.filter((item) => !(item instanceof Comment)).map(plain);
  if (value === null) return '';
  return String(value);
}

function malformed(problem: string): Fault {
  return new Fault('malformed', problem);
}
