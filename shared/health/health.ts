/** The words of kstatus, whose rules Flux waits by. */
export type HealthStatus = 'Current' | 'InProgress' | 'Failed' | 'Terminating' | 'NotFound' | 'Unknown';

/** How one object is, and why, in kstatus' words. */
export interface Health {
  readonly status: HealthStatus;
  readonly message: string;
}

/** As its spec says. */
export function current(message: string): Health {
  return { status: 'Current', message };
}

/** On its way. */
export function inProgress(message: string): Health {
  return { status: 'InProgress', message };
}

/** Will not get there by itself. */
export function failed(message: string): Health {
  return { status: 'Failed', message };
}
