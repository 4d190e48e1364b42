/** A worker's lease: short, so that a crash frees the group within a minute. */
export const LEASE_MS = 60_000;
/** How often a worker renews its lease. */
export const RENEW_MS = 20_000;
