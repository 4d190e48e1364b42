import { readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { sopsEncrypt } from '../servers/sops.ts';
import { KUSTOMIZATION } from './drive.ts';
import type { Setting } from './setting.ts';

/** An age key, and whom it decrypts for. */
export interface AgePair {
  readonly identity: string;
  readonly recipient: string;
}

export async function agePair(): Promise<AgePair> {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

/** The rule by which people encrypt Secrets. */
export const SECRET_DATA = 'encrypted_regex: ^(data|stringData)$';

/** What the real sops makes of a file, by a rule of its configuration. */
export function encryptedFor(
  { recipient }: AgePair,
  format: string,
  plain: string | Uint8Array,
  rule = '',
): string {
  const config = `creation_rules:\n- age: ${recipient}\n  ${rule}\n`;
  return sopsEncrypt(plain, { format, config }).toString('utf8');
}

/** Helpers for the objects of a setting. */
export function objectsIn(setting: Setting) {
  const { namespace } = setting;
  return {
    async secret(name: string, stringData: Readonly<Record<string, string>>, at = namespace): Promise<void> {
      const object = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: at, name }, stringData };
      await setting.world.cluster.apply(object, { fieldManager: 'person' });
    },
    manifest: (kind: string, name: string, fields: object, metadata: object = {}): string =>
      JSON.stringify({ apiVersion: 'v1', kind, metadata: { name, namespace, ...metadata }, ...fields }),
    read: (kind: string, name: string) =>
      setting.world.cluster.get({ apiVersion: 'v1', kind, namespace, name }),
    /** The decoded data of a Secret, or of the one whose name begins so. */
    async dataOf(name: string): Promise<Readonly<Record<string, string>>> {
      const { items } = await setting.world.cluster.list({ apiVersion: 'v1', kind: 'Secret', namespace });
      const found = items.find(
        ({ metadata }) => metadata.name === name || metadata.name.startsWith(`${name}-`),
      );
      const { data = {} } = (found ?? {}) as { data?: Readonly<Record<string, string>> };
      return Object.fromEntries(
        Object.entries(data).map(([entry, value]) => [entry, Buffer.from(value, 'base64').toString('utf8')]),
      );
    },
  };
}

/** All that a run leaves anywhere besides what was asked for: logs, events, Flux objects, the store, every file of the state and of temporary folders. */
export async function traces(setting: Setting): Promise<Readonly<Record<string, string>>> {
  const { namespace } = setting;
  const { cluster, runtime, stateDirectory } = setting.world;
  const list = async (apiVersion: string, kind: string) =>
    (await cluster.list({ apiVersion, kind, namespace })).items;
  const told = [
    ...(await list('v1', 'Event')),
    ...(await list(KUSTOMIZATION.apiVersion, KUSTOMIZATION.kind)),
  ];
  const stored: Record<string, string> = {};
  for await (const { key: name } of runtime.ports.store.list('')) {
    stored[name] = textOf((await runtime.ports.store.get(name))?.body ?? new Uint8Array());
  }
  return {
    ...Object.fromEntries(setting.log.entries.map((entry, at) => [`log ${at}`, JSON.stringify(entry)])),
    ...Object.fromEntries(
      told.map((object) => [`${object.kind} ${object.metadata.name}`, JSON.stringify(object)]),
    ),
    ...stored,
    ...filesBelow(stateDirectory),
    ...Object.assign({}, ...['/dev/shm', tmpdir()].flatMap(temporary).map(filesBelow)),
  };
}

function temporary(parent: string): readonly string[] {
  try {
    const names = readdirSync(parent).filter((name) => /^sluice-[A-Za-z0-9]{6}$/.test(name));
    return names.map((name) => join(parent, name));
  } catch {
    return [];
  }
}

/** Others' folders come and go meanwhile. */
function filesBelow(directory: string): Readonly<Record<string, string>> {
  const files: Record<string, string> = {};
  try {
    for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
      const path = join(directory, name);
      if (statSync(path, { throwIfNoEntry: false })?.isFile()) files[path] = textOf(readFileSync(path));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return files;
}

function textOf(bytes: Uint8Array): string {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return Buffer.from(isGzip ? gunzipSync(bytes) : bytes).toString('latin1');
}

/** Where any of the texts stands, in any form. */
export function leaks(places: Readonly<Record<string, string>>, texts: readonly string[]): readonly string[] {
  const forms = texts.flatMap((text) => [text, Buffer.from(text).toString('base64').replace(/=+$/, '')]);
  return Object.entries(places).flatMap(([place, text]) =>
    forms.filter((form) => text.includes(form)).map((form) => `${form} in ${place}`),
  );
}
