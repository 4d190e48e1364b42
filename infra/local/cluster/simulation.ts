/** The only node of a cluster; nothing runs on it. */
export const NODE = 'sluice-node';
/** Says of an object that what it tells is simulated; the provisioner of simulated volumes as well. */
export const SIMULATED = 'sluice.dev/simulated';
/** What the mark means, for people. */
export const EXPLANATION = 'No container runs: this cluster only tells what would happen';
