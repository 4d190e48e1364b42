import type { Seen } from './results.ts';
import type { Scene } from './scene.ts';

/** One step of the story. Throws a Fault when what should happen does not, or not in time. */
export interface Step {
  readonly title: string;
  readonly play: (scene: Scene) => Promise<Seen>;
}
