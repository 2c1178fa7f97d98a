import { isError } from '../../base/errors.ts';
import { promotedMeta } from '../generation/generation.ts';
import { isOfRelease } from '../record/history.ts';
import type { SiteJobEnd } from '../roll/site-job.ts';
import type { Hosted } from '../site/site-run.ts';
import type { Flip, Undone } from './flip.ts';

/** A link that was flipped, and the job that brings its release to the replicas. */
export interface FlippedSite<Of extends Hosted = Hosted> {
  readonly run: Of;
  readonly flip: Flip;
  readonly action: 'reload' | 'start';
}

/** What became of a link that was flipped. */
export type LinkAfter =
  /** Its release is through. */
  | { readonly kind: 'kept' }
  /** Nobody waits for the end: it stays as it is, also if the roll fails. */
  | { readonly kind: 'abandoned' }
  | {
      readonly kind: 'undone';
      readonly undone: Undone;
      /** Whether the release has to be mended first: a roll may fail for the host's sake, and be ended by somebody. */
      readonly isReleases: boolean;
    }
  /** Its release is through, and a later roll failed. */
  | { readonly kind: 'later-roll' }
  /** Somebody pointed it elsewhere meanwhile; `serving` is what is promoted. */
  | { readonly kind: 'not-rolled-to'; readonly serving: string | undefined };

/** Puts the link right after its job. When the job failed, the link is pointed back at the release that serves. */
export const linkAfter = async ({ run, flip, action }: FlippedSite, end: SiteJobEnd): Promise<LinkAfter> => {
  if (end.kind === 'left' || end.kind === 'queued') return { kind: 'abandoned' };
  const hasFailed = end.kind === 'roll-failed' || end.kind === 'job-failed';
  const undo = async (): Promise<LinkAfter> => ({
    kind: 'undone',
    undone: await flip.undo(),
    isReleases: isReleases(end),
  });
  if (action === 'start') return hasFailed ? await undo() : { kind: 'kept' };
  // For systemd a reload that is asked for while one runs is the same job, which it runs again: both callers get the outcome of
  // the later roll (facts.md S1), and the history has that of this one.
  const isThrough = await flip.wasRolledTo();
  const isUnsettled = end.kind === 'roll-failed' && (end.roll.outcome ?? 'unsettled') === 'unsettled';
  if (isThrough && hasFailed && !isUnsettled) return { kind: 'later-roll' };
  if (hasFailed) return await undo();
  return isThrough ? { kind: 'kept' } : { kind: 'not-rolled-to', serving: (await promotedMeta(run))?.release };
};

const isReleases = (end: SiteJobEnd): boolean =>
  end.kind === 'roll-failed' && end.roll.error !== undefined && isOfRelease(end.roll.error);

/**
 * The errors after which systemd has not begun the roll, so that the link must be put right here. After any other error the
 * roll may go on.
 */
const NOT_BEGUN = ['not-started', 'bus-denied', 'unit-unknown', 'unit-masked', 'systemd-refused'] as const;

/** The same after an error, which passes on. */
export const linkAfterError = async ({ flip }: FlippedSite, error: unknown): Promise<LinkAfter> =>
  isError(error, ...NOT_BEGUN)
    ? { kind: 'undone', undone: await flip.undo(), isReleases: false }
    : { kind: 'abandoned' };
