import { type Fault, isFault } from '../../core/failures.ts';

/** OpenSSL's and Node's codes of a server that cannot be trusted, or does not trust us. */
const UNTRUSTED =
  /^(?:ERR_(?:TLS|SSL)|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|EPROTO|CRL_|HOSTNAME_MISMATCH)/;

/** Whether other credentials, or another CA, are what is missing; who is known and may not (403) is none of these for upstream. */
export function isAuthentication(fault: Fault): boolean {
  const { status, errno } = fault.data;
  if (fault.code === 'unauthorized' && status !== 403) return true;
  if (UNTRUSTED.test(String(errno ?? ''))) return true;
  return isFault(fault.cause) && isAuthentication(fault.cause);
}
