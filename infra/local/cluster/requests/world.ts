import type { Access, VirtualResources } from '../access.ts';
import type { Nature, Store } from '../model.ts';
import type { Strategies } from '../strategy.ts';
import type { OpenCatalog } from './catalog.ts';

/** All that requests work with. */
export interface World {
  readonly store: Store;
  readonly catalog: OpenCatalog;
  readonly strategies: Strategies;
  readonly nature: Nature;
  /** Absent: everything is allowed. */
  readonly access?: Pick<Access, 'demand' | 'demandNoEscalation'>;
  readonly virtual?: VirtualResources;
}
