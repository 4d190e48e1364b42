/** A repository as its host knows it. */
export interface HostedRepository {
  /** The address for Git over HTTPS. */
  readonly url: string;
  readonly isPrivate: boolean;
  readonly created: boolean;
}

/** Credentials with which a source reads a repository. */
export interface SourceCredentials {
  readonly username: string;
  readonly password: string;
}

/** Where a host is to announce pushes, and the secret with which it signs or shows that it is itself; another secret has another URL. */
export interface Hook {
  readonly url: string;
  readonly secret: string;
}

/** A Git host's API, on one repository. Faults are sentences for people: what was refused, and what to do. */
export interface GitHost {
  /** Such as `GitHub`. */
  readonly title: string;
  /** The type of a Receiver that verifies the host's deliveries. */
  readonly receiverType: 'github' | 'gitlab';
  /** The Git user that goes with the person's token. */
  readonly gitUser: string;
  /** Finds the repository, or creates it empty. */
  readonly ensureRepository: () => Promise<HostedRepository>;
  /** Makes the host announce pushes there; whether it did not yet. */
  readonly ensureHook: (hook: Hook) => Promise<boolean>;
  /** Makes credentials that can read this repository over HTTPS and nothing else, where the host has such. */
  readonly createReader?: (name: string) => Promise<SourceCredentials>;
}

/** Which repository, and how it is made when it is missing. */
export interface HostOptions {
  /** Host name, with a port where it has one. */
  readonly hostname: string;
  readonly owner: string;
  readonly repository: string;
  readonly personal: boolean;
  readonly private: boolean;
  readonly branch: string;
}
