import type { UnfitReason } from '../../base/error-reasons.ts';
import { PhpZdError } from '../../base/errors.ts';
import { admitUnit, gateUnit, replicaUnit, siteUnit } from '../../base/paths.ts';
import { isServing, type ObservedSite, type ObservedSlot } from '../../plan/observed.ts';
import { requireStarted } from '../ask/require-started.ts';
import { awaitIdle } from '../drain/await-idle.ts';
import { unpark } from '../drain/park.ts';
import { admit, withdraw } from '../gate/gate.ts';
import { pinnedSlots } from '../generation/slot-numbers.ts';
import { observeToPlan } from '../observe/site.ts';
import type { SiteAction } from '../roll/site-job.ts';
import type { Hosted, HostedSite, SiteRun } from '../site/site-run.ts';
import { holdSlot, readSlotHold } from '../slots/hold.ts';

// What an operator does to a single replica between two rolls. A roll that begins meanwhile finds the replica as it is then.

export interface HandDrain {
  readonly timeoutMs: number;
  /** Whether to drain the replica even when too few others serve. */
  readonly isForced: boolean;
}

/**
 * Takes a replica out: it gets no new request until it is made ready, also when the replica or HAProxy is started anew, and in
 * the end has nothing left to do. One of the wanted replicas may be away for this. Rejects with `not-started`,
 * `roll-under-way`, `replica-unfit` or `drain-refused`, and then nothing was touched; with `drain-timeout`, and then the
 * replica stays drained; or with `drain-overtaken` as soon as somebody else has the replica, and then it stays as that has it.
 */
export const drainByHand = async (run: SiteRun, slot: number, { timeoutMs, isForced }: HandDrain): Promise<void> => {
  const observed = await observeQuiet(run);
  const { hold: reason } = requireRunning(run, observed, slot);
  if (reason === 'standby') throw unfit(run, slot, { kind: 'standby' });
  if (reason === 'parked') throw unfit(run, slot, { kind: 'parked' });
  if (!isForced) requireOthers(run, observed, slot);
  const startedAt = run.ports.clock.monotonicMs();
  await holdSlot(run, slot, 'hand');
  await withdraw(run, slot);
  run.emit({ kind: 'withdrawn-by-hand', slot });
  const isIdle = await awaitIdle(run, slot, { timeoutMs, isOwn: () => isDrainedByHand(run, slot) });
  if (!isIdle) throw new PhpZdError('drain-overtaken', { site: run.site.name, replica: slot });
  run.emit({ kind: 'drained-by-hand', slot, ms: run.ports.clock.monotonicMs() - startedAt });
};

/** Who gives the replica requests again opens its gate first, and removes the mark at the end. */
const isDrainedByHand = async (hosted: Hosted, slot: number): Promise<boolean> =>
  (await readSlotHold(hosted, slot)) === 'hand' &&
  (await hosted.ports.files.readLink(hosted.paths.gate(slot))) === undefined;

/**
 * Lets a replica take requests again. It is not proven once more: it must run the promoted generation, which was proven.
 * Rejects as `drainByHand` does before that touches anything, and with `not-serving`.
 */
export const readyByHand = async (run: SiteRun, slot: number): Promise<void> => {
  const observed = await observeQuiet(run);
  const { pin, isRunningPin, release, hold: reason } = requireRunning(run, observed, slot);
  if (pin !== observed.promoted || !isRunningPin) throw unfit(run, slot, { kind: 'not-promoted', release });
  await requireStaying(run, slot);
  // The timer of a parked replica would stop it once it is free.
  if (reason === 'parked') await unpark(run, slot);
  try {
    await admit(run, slot);
  } finally {
    // Who stops the replica meanwhile drains it, and then it does not serve for that reason.
    await requireStaying(run, slot);
  }
  run.emit({ kind: 'ready-by-hand', slot });
};

/** Rejects with `replica-unfit` unless the slot has a pin, by which its replica runs or can be started. */
export const requireReplica = async (hosted: Hosted, slot: number): Promise<void> => {
  const pins = await pinnedSlots(hosted);
  if (pins.includes(slot)) return;
  const reason = { kind: 'absent', present: pins } as const;
  throw new PhpZdError('replica-unfit', { site: hosted.site.name, replica: slot, reason });
};

/**
 * The site between two rolls: while a roll goes on, the roll decides which replicas serve. Rejects with `not-started` or
 * `roll-under-way`.
 */
const observeQuiet = async (hosted: HostedSite): Promise<ObservedSite> => {
  await requireStarted(hosted);
  const activeState = await hosted.ports.systemd.activeState(siteUnit(hosted.site.name));
  if (activeState !== 'active') throw new PhpZdError('roll-under-way', { site: hosted.site.name });
  return await observeToPlan(hosted);
};

const requireRunning = (hosted: HostedSite, { slots }: ObservedSite, slot: number): ObservedSlot => {
  const found = slots.find(each => each.slot === slot);
  if (found?.unit === 'active') return found;
  const running = slots.filter(({ unit }) => unit === 'active').map(each => each.slot);
  throw unfit(hosted, slot, { kind: 'stopped', running });
};

/** Rejects with `replica-unfit` while somebody stops the replica: its gate's unit drains it, or waits for its turn to do so. */
const requireStaying = async (run: SiteRun, slot: number): Promise<void> => {
  const activeState = await run.ports.systemd.activeState(gateUnit(run.site.name, slot));
  if (activeState === 'deactivating') throw unfit(run, slot, { kind: 'stopping' });
};

/** Rejects with `drain-refused` when too few other replicas serve. A replica that takes no requests may always be drained. */
const requireOthers = (hosted: HostedSite, { slots }: ObservedSite, slot: number): void => {
  const serving = slots.filter(isServing).map(each => each.slot);
  const others = serving.filter(other => other !== slot).length;
  const mustServe = Math.max(1, hosted.site.replicas - 1);
  if (!serving.includes(slot) || others >= mustServe) return;
  throw new PhpZdError('drain-refused', { site: hosted.site.name, replica: slot, serving: others, mustServe });
};

const unfit = ({ site }: HostedSite, replica: number, reason: UnfitReason) =>
  new PhpZdError('replica-unfit', { site: site.name, replica, reason });

export interface ReplicaJob {
  readonly action: SiteAction;
  readonly signal: AbortSignal;
  readonly isAwaited: boolean;
}

/**
 * Asks systemd to start, stop or restart one replica, on the generation that it has; of a single replica a reload is a restart.
 * Its unit drains it before it stops, and puts it back once it runs. Gives what systemd was asked for. Rejects with
 * `replica-unfit`, and as systemd refuses or fails.
 */
export const askForReplica = async (
  hosted: Hosted,
  slot: number,
  { action, signal, isAwaited }: ReplicaJob,
): Promise<Exclude<SiteAction, 'reload'>> => {
  const job = action === 'reload' ? 'restart' : action;
  await requireReplica(hosted, slot);
  const until = isAwaited ? 'done' : 'queued';
  await hosted.ports.systemd[job](replicaUnit(hosted.site.name, slot), { signal, until });
  // Until the unit that the replica's own start brought along has put the replica back.
  if (job !== 'stop' && isAwaited) await hosted.ports.systemd.start(admitUnit(hosted.site.name, slot), { signal });
  return job;
};
