/** How long the simulation takes for things, in milliseconds. */
export interface Delays {
  /** From a pod's binding until its containers run, or fail. */
  readonly podStart: number;
  /** From the start of a Job's pod until it has succeeded. */
  readonly jobRun: number;
  /** From a pod's deletion until it is gone; its grace period when that is shorter. */
  readonly podStop: number;
  /** From a claim until its volume is bound. */
  readonly claimBind: number;
  /** Pause before a container that failed starts again; doubles each time. */
  readonly backOff: number;
  /** The longest pause of that kind. */
  readonly longestBackOff: number;
}

/** As in real life but shorter: a kubelet's back-off starts at 10 s and ends at 5 min. */
export const DELAYS: Delays = {
  podStart: 300,
  jobRun: 500,
  podStop: 100,
  claimBind: 200,
  backOff: 1_000,
  longestBackOff: 60_000,
};
