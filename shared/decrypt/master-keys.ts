/** A key that wraps a file's data key, as the file's metadata names it. */
export type MasterKey =
  | { readonly type: 'age'; readonly recipient: string; readonly encrypted: string }
  | { readonly type: 'pgp'; readonly fingerprint: string; readonly encrypted: string }
  | {
      readonly type: 'kms';
      readonly arn: string;
      readonly role: string;
      readonly context: Readonly<Record<string, string>>;
      readonly encrypted: string;
    }
  | { readonly type: 'gcp_kms'; readonly resource: string; readonly encrypted: string }
  | {
      readonly type: 'azure_kv';
      readonly vault: string;
      readonly name: string;
      readonly version: string;
      readonly encrypted: string;
    }
  | {
      readonly type: 'hc_vault';
      readonly address: string;
      readonly engine: string;
      readonly name: string;
      readonly encrypted: string;
    }
  | { readonly type: 'hckms'; readonly id: string; readonly encrypted: string };

/** One kind of master key. */
export type MasterKeyOf<Type extends MasterKey['type']> = MasterKey & { readonly type: Type };

/** What a message calls a master key. */
export function nameOfKey(key: MasterKey): string {
  switch (key.type) {
    case 'age':
      return key.recipient;
    case 'pgp':
      return key.fingerprint;
    case 'kms':
      return key.role === '' ? key.arn : `${key.arn}+${key.role}`;
    case 'gcp_kms':
      return key.resource;
    case 'azure_kv':
      return `${key.vault}/keys/${key.name}/${key.version}`;
    case 'hc_vault':
      return `${key.address}/v1/${key.engine}/keys/${key.name}`;
    case 'hckms':
      return key.id;
  }
}

/** Unwraps data keys. Faults of any code, whose text may be shown. */
export type Unwrap = (key: MasterKey) => Promise<Uint8Array>;
