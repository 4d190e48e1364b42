import { createHash } from 'node:crypto';
import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { Fault, isFault } from '../../core/failures.ts';
import type { Chance, ObjectStore } from '../../ports.ts';
import { type AwsAccess, clientSettings } from './clients.ts';
import { asFaults } from './faults.ts';

/** Where the wrapped key of the webhook index lies, in the index's own bucket. */
export const HOOK_KEY = 'keys/hooks';
/** KMS unwraps it for this use only. */
const EncryptionContext = { use: 'sluice webhook index' };
/** AES-256. */
const KEY_BYTES = 32;

/** What the key of the webhook index is made of. */
export interface HookKeyOptions {
  readonly access: AwsAccess;
  /** The KMS key that wraps it. */
  readonly keyId: string;
  /** The index's bucket. */
  readonly store: ObjectStore;
  /** Whether it is made when there is none: by the reconciler of Receivers, whose role may. */
  readonly make: boolean;
  readonly chance: Chance;
}

/** The key of the webhook index, unwrapped once a process. Faults: `forbidden`, and what the store and KMS have. */
export function createHookKey(options: HookKeyOptions): () => Promise<Uint8Array> {
  const client = new KMSClient(clientSettings(options.access));
  let kept: Promise<Uint8Array | undefined> | undefined;
  return async () => {
    kept ??= open(client, options);
    const key = await kept.catch((error: unknown) => {
      kept = undefined;
      throw error;
    });
    if (key !== undefined) return key;
    // Before the first Receiver nothing can have been sealed: any key opens as much.
    kept = undefined;
    return createHash('sha256').update(options.chance.uuid()).digest();
  };
}

async function open(client: KMSClient, options: HookKeyOptions): Promise<Uint8Array | undefined> {
  const stored = await options.store.get(HOOK_KEY);
  if (stored !== undefined) return unwrap(client, options, stored.body);
  return options.make ? make(client, options) : undefined;
}

/** Of two that make one at once, both use the one that was stored. */
async function make(client: KMSClient, options: HookKeyOptions): Promise<Uint8Array> {
  const command = new GenerateDataKeyCommand({
    KeyId: options.keyId,
    NumberOfBytes: KEY_BYTES,
    EncryptionContext,
  });
  const { CiphertextBlob, Plaintext } = await asFaults('make the key of the webhook index', () =>
    client.send(command),
  );
  if (CiphertextBlob === undefined || Plaintext === undefined)
    throw new Fault('malformed', 'KMS made no key');
  try {
    await options.store.put(HOOK_KEY, CiphertextBlob, { ifAbsent: true });
    return Plaintext;
  } catch (error) {
    const first = isFault(error, 'precondition-failed') ? await options.store.get(HOOK_KEY) : undefined;
    if (first === undefined) throw error;
    return unwrap(client, options, first.body);
  }
}

async function unwrap(
  client: KMSClient,
  { keyId }: HookKeyOptions,
  wrapped: Uint8Array,
): Promise<Uint8Array> {
  const command = new DecryptCommand({ KeyId: keyId, CiphertextBlob: wrapped, EncryptionContext });
  const { Plaintext } = await asFaults('unwrap the key of the webhook index', () => client.send(command));
  if (Plaintext?.byteLength === KEY_BYTES) return Plaintext;
  throw new Fault('malformed', 'the key of the webhook index is damaged');
}
