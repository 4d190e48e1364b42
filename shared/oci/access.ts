import type { Clock, Http, HttpRequest } from '../ports.ts';
import type { RegistryCredentials } from './credentials.ts';
import type { OciRepository } from './repository.ts';

/** How a registry is reached, and as whom. */
export interface RegistryAccess
  extends Pick<HttpRequest, 'ca' | 'clientCertificate' | 'trustAnyCertificate' | 'proxy' | 'signal'> {
  readonly http: Http;
  readonly clock: Clock;
  /** Undefined asks as nobody. */
  readonly credentials: RegistryCredentials | undefined;
  /** Plain HTTP is spoken where HTTPS is not. */
  readonly insecure: boolean;
}

/** One repository, one identity. */
export interface Session {
  readonly repository: OciRepository;
  readonly access: RegistryAccess;
  /** What of its authorizations is remembered is remembered under this. */
  readonly identity: string;
}
