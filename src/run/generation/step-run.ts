import type { AnswerMeter } from '../record/answer-meter.ts';
import type { SiteTexts } from '../site/load-site.ts';
import type { SiteRun } from '../site/site-run.ts';
import type { Generation } from './generation.ts';

/** A site while it is brought to a generation. */
export interface StepRun extends SiteRun {
  readonly generation: Generation;
  /** What was read of the site: kept with the generation when that is written. */
  readonly texts: SiteTexts;
  /** What the old replicas have answered since the roll began, where new ones are compared with them. */
  readonly answers?: AnswerMeter;
}
