import { askBalancer } from '../ask/balancer.ts';
import { requireStarted } from '../ask/require-started.ts';
import type { NamedRun } from '../site/site-run.ts';
import { awaitHoldEnd } from './end-hold.ts';
import { beginMaintenance, endMaintenance, readPage } from './maintenance.ts';
import { pointFront, requireMarksAreFiles } from './point-front.ts';
import { beginRequestHold, endRequestHold } from './request-hold.ts';
import { awaitSiteIdle, countInFlight } from './work-left.ts';

// What an operator does to all requests of a site.

export interface HandHold {
  readonly forMs: number;
  /** Comes back only when the requests in flight have ended. */
  readonly awaitsIdle: boolean;
}

/**
 * New requests wait. Rejects as `requireMarksAreFiles` and `beginRequestHold` do, or with `balancer-unreachable`, and then nothing is held; or
 * with `still-busy`.
 */
export const holdByHand = async (run: NamedRun, { forMs, awaitsIdle }: HandHold): Promise<void> => {
  const { clock } = run.ports;
  await requireStarted(run);
  await requireMarksAreFiles(run);
  // First: an HAProxy that does not answer holds nothing.
  const inFlight = await countInFlight(run);
  const { until } = await beginRequestHold(run, forMs);
  await orUndone(run, endRequestHold, async () => {
    await pointFront(run);
    await awaitHoldEnd(run);
  });
  run.emit({ kind: 'held', now: clock.now(), until, inFlight });
  if (awaitsIdle) run.emit({ kind: 'held-idle', ms: await awaitSiteIdle(run, until - clock.now()) });
};

/** The waiting requests go through, whether HAProxy says how many they are or not. False when none was held. */
export const releaseByHand = async (run: NamedRun): Promise<boolean> => {
  // Before: afterwards they wait no longer.
  const waited = await askBalancer(() => run.ports.balancer.held(run.site.name));
  const held = await endRequestHold(run);
  await pointFront(run);
  if (held === undefined) return false;
  run.emit({ kind: 'hold-released', waited, ms: Math.max(0, run.ports.clock.now() - held.since) });
  return true;
};

/**
 * HAProxy answers with the page in this file, or with one of ours. Rejects as `readPage`, `requireMarksAreFiles` and `beginMaintenance`, and
 * with `balancer-unreachable`.
 */
export const enterMaintenance = async (run: NamedRun, pagePath: string | undefined): Promise<void> => {
  const page = pagePath === undefined ? undefined : await readPage(run, pagePath);
  await requireMarksAreFiles(run);
  // First: when HAProxy does not answer nothing was done.
  const inFlight = await countInFlight(run);
  await beginMaintenance(run, page);
  await orUndone(run, endMaintenance, () => pointFront(run));
  run.emit({ kind: 'maintenance-on', inFlight });
};

/** What has failed holds nobody later either: the next roll would lead the front to where its file says. */
const orUndone = async (
  run: NamedRun,
  undo: (run: NamedRun) => Promise<unknown>,
  work: () => Promise<void>,
): Promise<void> => {
  try {
    await work();
  } catch (error) {
    try {
      await undo(run);
      await pointFront(run);
    } catch {
      // As far as it goes: why the work failed is told.
    }
    throw error;
  }
};

/** The replicas answer again. False when the site was in no maintenance. */
export const leaveMaintenance = async (run: NamedRun): Promise<boolean> => {
  const ended = await endMaintenance(run);
  await pointFront(run);
  if (ended === undefined) return false;
  const now = run.ports.clock.now();
  run.emit({ kind: 'maintenance-off', ms: Math.max(0, now - (ended.since ?? now)) });
  return true;
};
