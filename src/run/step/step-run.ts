import type { Generation } from '../generation/generation.ts';
import type { SiteRun } from '../site-run.ts';

/** A site while it is brought to a generation. */
export interface StepRun extends SiteRun {
  readonly generation: Generation;
}
