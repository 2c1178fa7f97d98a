import type { SiteRun } from '../site/site-run.ts';
import type { Generation } from './generation.ts';

/** A site while it is brought to a generation. */
export interface StepRun extends SiteRun {
  readonly generation: Generation;
}
