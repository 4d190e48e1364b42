import type { Cluster } from '../../../shared/ports.ts';
import type { Ground } from './ground.ts';
import type { Commit, DemoRepository } from './repository.ts';
import type { Sight } from './sight.ts';
import type { Teller } from './teller.ts';

/** Everything that a step can see and do. */
export interface Scene {
  readonly tell: Teller;
  readonly ground: Ground;
  readonly cluster: Cluster;
  readonly sight: Sight;
  readonly repository: DemoRepository;
  /** What signs deliveries. */
  readonly token: string;
  /** Delivers a commit to the path of the Receiver, as a Git host would. */
  readonly announce: (commit: Commit, message: string) => Promise<void>;
}
