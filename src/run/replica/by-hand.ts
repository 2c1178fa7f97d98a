import type { UnfitReason } from '../../base/error-reasons.ts';
import { PhpZdError } from '../../base/errors.ts';
import { siteUnit } from '../../base/paths.ts';
import { isServing, type ObservedSite, type ObservedSlot } from '../../plan/observed.ts';
import { awaitIdle } from '../drain/await-idle.ts';
import { unpark } from '../drain/park.ts';
import { requireStarted } from '../front/require-front.ts';
import { admit, withdraw } from '../gate/gate.ts';
import { pinnedSlots } from '../generation/slot-numbers.ts';
import { observeToPlan } from '../observe/site.ts';
import type { Hosted, HostedSite, SiteRun } from '../site/site-run.ts';
import { holdSlot } from '../slots/hold.ts';

// What an operator does to a single replica between two rolls. A roll that begins meanwhile finds it as it is then.

export interface HandDrain {
  readonly timeoutMs: number;
  /** Also when too few others serve. */
  readonly isForced: boolean;
}

/**
 * The replica gets no new request until it is made ready, also when it or HAProxy is started anew; afterwards it has nothing left
 * to do. One of the wanted replicas may be away for it. Rejects with `not-started`, `roll-under-way`, `replica-unfit` or
 * `drain-refused`, and then nothing was touched; or with `drain-timeout`, and then it stays drained.
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
  await awaitIdle(run, slot, timeoutMs);
  run.emit({ kind: 'drained-by-hand', slot, ms: run.ports.clock.monotonicMs() - startedAt });
};

/**
 * The replica takes requests again. It is not proven once more: it runs what is promoted, which was. Rejects as `drainByHand`
 * does before it touches anything, and with `not-serving`.
 */
export const readyByHand = async (run: SiteRun, slot: number): Promise<void> => {
  const observed = await observeQuiet(run);
  const { pin, isRunningPin, release, hold: reason } = requireRunning(run, observed, slot);
  if (pin !== observed.promoted || !isRunningPin) throw unfit(run, slot, { kind: 'not-promoted', release });
  // Or it would be stopped when it is free.
  if (reason === 'parked') await unpark(run, slot);
  await admit(run, slot);
  run.emit({ kind: 'ready-by-hand', slot });
};

/** A roll gave the slot a release, and it is not cleared away yet: it can be started, or runs. Rejects with `replica-unfit`. */
export const requireReplica = async (hosted: Hosted, slot: number): Promise<void> => {
  const pins = await pinnedSlots(hosted);
  if (pins.includes(slot)) return;
  const reason = { kind: 'absent', present: pins } as const;
  throw new PhpZdError('replica-unfit', { site: hosted.site.name, replica: slot, reason });
};

/** While a roll goes on, it decides who serves. */
const observeQuiet = async (hosted: HostedSite): Promise<ObservedSite> => {
  await requireStarted(hosted);
  const { activeState } = await hosted.ports.systemd.unit(siteUnit(hosted.site.name));
  if (activeState !== 'active') throw new PhpZdError('roll-under-way', { site: hosted.site.name });
  return await observeToPlan(hosted);
};

const requireRunning = (hosted: HostedSite, { slots }: ObservedSite, slot: number): ObservedSlot => {
  const found = slots.find(each => each.slot === slot);
  if (found?.unit === 'active') return found;
  const running = slots.filter(({ unit }) => unit === 'active').map(each => each.slot);
  throw unfit(hosted, slot, { kind: 'stopped', running });
};

/** One that takes no requests takes nothing away. */
const requireOthers = (hosted: HostedSite, { slots }: ObservedSite, slot: number): void => {
  const serving = slots.filter(isServing).map(each => each.slot);
  const others = serving.filter(other => other !== slot).length;
  const mustServe = Math.max(1, hosted.site.replicas - 1);
  if (!serving.includes(slot) || others >= mustServe) return;
  throw new PhpZdError('drain-refused', { site: hosted.site.name, replica: slot, serving: others, mustServe });
};

const unfit = ({ site }: HostedSite, replica: number, reason: UnfitReason) =>
  new PhpZdError('replica-unfit', { site: site.name, replica, reason });
