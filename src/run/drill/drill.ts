import { isError } from '../../base/errors.ts';
import { balancerUnit } from '../../base/paths.ts';
import { poll } from '../ask/poll.ts';
import { servingSlots } from '../ask/serving.ts';
import type { Receipt } from '../receipt/receipt.ts';
import { readHistory } from '../record/history.ts';
import { readLastRoll } from '../record/last-roll.ts';
import type { HostedSite } from '../site/site-run.ts';
import { isRefused, type Sample } from './ask.ts';
import { type DrillClients, startClients } from './clients.ts';
import { DRILL_KINDS, type DrillKind } from './question.ts';
import { countExecutions, type Executions } from './tally.ts';
import type { DrillPlan } from './wishes.ts';

/** What the drill itself has counted, and the roll's own receipt. */
export interface DrillReport {
  readonly site: string;
  readonly release: string;
  readonly clients: number;
  readonly sent: number;
  readonly lost: number;
  /** Of these those that nobody took: nothing of them was sent. */
  readonly refused: number;
  /** What the application answered over HTTP, by the first digit of the status; undefined where it is not asked so. */
  readonly statuses: Readonly<Record<string, number>> | undefined;
  readonly kinds: readonly KindCount[];
  readonly losses: readonly Sample[];
  /** How often requests were run; undefined when the script did not tell. */
  readonly executions: Executions | undefined;
  readonly balancer: 'left alone' | 'reloaded' | 'not reloaded';
  /** Whether the load came to its bounds before the roll was over. */
  readonly isCut: boolean;
  /** The roll's receipt; undefined when there was no roll. */
  readonly receipt: Receipt | undefined;
  /** How long the reload took for who asked: the roll, and what systemd and the start of php-zd's processes add to it. */
  readonly reloadMs: number;
}

export interface KindCount {
  readonly kind: DrillKind;
  readonly sent: number;
  readonly lost: number;
  readonly longestMs: number;
}

const INTERVAL_MS = 20;

/** Rolls a site under the drill's load, and gives the report with the roll's outcome. */
export const drillSite = async <Outcome>(
  hosted: HostedSite,
  plan: DrillPlan,
  roll: () => Promise<Outcome>,
): Promise<{ readonly report: DrillReport; readonly outcome: Outcome }> => {
  const before = await readLastRoll(hosted);
  const load = startClients(hosted, plan);
  await load.begun;
  const over = new AbortController();
  const reloading = plan.reloadsBalancer ? reloadInTheMiddle(hosted, plan, over.signal) : undefined;
  const { clock } = hosted.ports;
  const startedAt = clock.monotonicMs();
  let reloadMs = 0;
  const timed = () =>
    roll().finally(() => {
      reloadMs = clock.monotonicMs() - startedAt;
    });
  const outcome = await rollUnder(load, timed).finally(() => over.abort());
  const balancer = (await reloading) ?? 'left alone';
  const { samples, isCut } = await load.stop();
  const executions = await countExecutions(hosted, plan, samples);
  const receipt = await receiptSince(hosted, before?.id);
  return {
    outcome,
    report: { ...countSamples(hosted, plan, samples), balancer, isCut, executions, receipt, reloadMs },
  };
};

/** Rolls, and ends the load with the roll, however the roll ends. */
const rollUnder = async <Outcome>(load: DrillClients, roll: () => Promise<Outcome>): Promise<Outcome> => {
  try {
    return await roll();
  } finally {
    await load.stop();
  }
};

/** Reloads HAProxy as soon as other replicas serve than before the roll: then replicas of both kinds are at work. */
const reloadInTheMiddle = async (
  hosted: HostedSite,
  { mostMs }: DrillPlan,
  over: AbortSignal,
): Promise<DrillReport['balancer']> => {
  const { clock, systemd } = hosted.ports;
  try {
    const before = String(await servingSlots(hosted));
    const options = { intervalMs: INTERVAL_MS, deadlineMs: mostMs, atDeadline: () => false };
    const isMiddle = await poll(clock, options, async () =>
      over.aborted ? false : String(await servingSlots(hosted)) !== before || undefined,
    );
    if (isMiddle) await systemd.reload(balancerUnit);
    return isMiddle ? 'reloaded' : 'not reloaded';
  } catch (error) {
    if (!isError(error)) throw error;
    return 'not reloaded';
  }
};

const receiptSince = async (hosted: HostedSite, before: string | undefined): Promise<Receipt | undefined> => {
  const roll = await readLastRoll(hosted);
  if (roll === undefined || roll.id === before) return undefined;
  return (await readHistory(hosted)).findLast(({ id }) => id === roll.id)?.receipt;
};

const countSamples = ({ site }: HostedSite, plan: DrillPlan, samples: readonly Sample[]) => ({
  ...{ site: site.name, release: plan.release, clients: plan.clients, sent: samples.length },
  lost: samples.filter(isLost).length,
  refused: samples.filter(({ loss }) => loss !== undefined && isRefused(loss)).length,
  statuses: plan.app === undefined || !plan.isAskedOverHttp ? undefined : countStatuses(samples),
  kinds: DRILL_KINDS.map(kind => countKind(kind, samples)).filter(({ sent }) => sent > 0),
  losses: samples.filter(isLost),
});

const countStatuses = (samples: readonly Sample[]): Readonly<Record<string, number>> => {
  const statuses = samples.flatMap(({ kind, status }) => (kind === 'app' && status !== undefined ? [status] : []));
  const classes = [...new Set(statuses.map(classOf))].sort();
  return Object.fromEntries(classes.map(name => [name, statuses.filter(status => classOf(status) === name).length]));
};

const classOf = (status: number): string => `${Math.floor(status / 100)}xx`;

const countKind = (kind: DrillKind, all: readonly Sample[]): KindCount => {
  const samples = all.filter(sample => sample.kind === kind);
  return {
    ...{ kind, sent: samples.length, lost: samples.filter(isLost).length },
    longestMs: samples.reduce((longest, { ms }) => Math.max(longest, ms), 0),
  };
};

const isLost = ({ loss }: Sample): boolean => loss !== undefined;

/** Whether nothing was lost, run twice or left undone, and the drill saw all that it was to see. */
export const isFlawless = ({ lost, executions, balancer, isCut }: DrillReport): boolean =>
  lost === 0 &&
  executions !== undefined &&
  Object.values(executions).every(count => count === 0) &&
  balancer !== 'not reloaded' &&
  !isCut;
