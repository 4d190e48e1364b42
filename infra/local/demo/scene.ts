import type { Cluster } from '../../../shared/ports.ts';
import type { Ground } from './ground.ts';
import type { DemoRepository } from './repository.ts';
import type { Sight } from './sight.ts';
import type { Teller } from './teller.ts';

/** Everything that a step can see and do. */
export interface Scene {
  readonly tell: Teller;
  readonly ground: Ground;
  readonly cluster: Cluster;
  readonly sight: Sight;
  readonly repository: DemoRepository;
  /** Puts the trigger into the queue that a webhook's delivery would put there. */
  readonly announce: () => Promise<void>;
}
