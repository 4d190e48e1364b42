import { Fault } from '../../core/failures.ts';
import type { Signed } from './signed.ts';
import { verifySsh } from './ssh.ts';

/** Public keys that are trusted, by kind, each a file's text. */
export interface TrustedKeys {
  readonly pgp: readonly string[];
  readonly ssh: readonly string[];
}

/** `*.sshpub` are authorized_keys lines, everything else PGP key rings (GR-18). */
export function trustedKeys(data: Readonly<Record<string, string>>): TrustedKeys {
  const entries = Object.entries(data);
  const isSsh = ([name]: readonly [string, string]): boolean => name.endsWith('.sshpub');
  return {
    pgp: entries.filter((entry) => !isSsh(entry)).map(([, text]) => text),
    ssh: entries.filter(isSsh).map(([, text]) => text),
  };
}

/** The key that signed: a PGP key id or an SSH key's fingerprint. Fault `invalid` with what is wrong. */
export async function verifySigned(
  { payload, signature }: Signed,
  what: 'commit' | 'tag',
  keys: TrustedKeys,
  now: Date,
): Promise<string> {
  if (signature.startsWith('-----BEGIN PGP SIGNATURE-----')) {
    if (keys.pgp.length === 0) throw without('PGP', '.asc');
    // The library is large, and most repositories never need it.
    const { verifyPgp } = await import('./pgp.ts');
    return prefixed(verifyPgp(signature, payload, keys.pgp, now), `unable to verify Git ${what}`);
  }
  if (signature.startsWith('-----BEGIN SSH SIGNATURE-----')) {
    if (keys.ssh.length === 0) throw without('SSH', '.sshpub');
    const verified = (async () => verifySsh(signature, payload, keys.ssh))();
    return prefixed(verified, `unable to verify Git ${what} SSH signature`);
  }
  throw invalid(`unsupported signature type: ${kindOf(signature)}`);
}

function kindOf(signature: string): string {
  if (signature === '') return 'unknown, as it is not signed';
  return signature.startsWith('-----BEGIN SIGNED MESSAGE-----') ? 'x509' : 'unknown';
}

function without(kind: string, suffix: string): Fault {
  return invalid(
    `${kind} signature detected but no ${kind} public keys found in secret (keys with ${suffix} suffix)`,
  );
}

async function prefixed(key: Promise<string>, prefix: string): Promise<string> {
  try {
    return await key;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw invalid(`${prefix}: ${error.message}`);
  }
}

function invalid(message: string): Fault {
  return new Fault('invalid', message, { about: 'signature' });
}
