import { basename } from 'node:path';
import type { Machine, Result } from '../lab/machine.ts';
import type { LabSite, SiteStatus } from '../lab/site.ts';
import type { Choice } from './choose.ts';
import { renderIni } from './choose.ts';
import { doFault } from './fault.ts';
import { findFaults } from './state.ts';

/** A roll that was, and how it left the site. */
export interface Roll {
  readonly choice: Choice;
  readonly to: string;
  /** What was done besides, in words. */
  readonly fault: string;
  readonly outcome: 'rolled' | 'put back' | 'refused';
  readonly startedAt: number;
  readonly endedAt: number;
  /** What is not as it may be. */
  readonly faults: readonly string[];
}

export const roll = async (machine: Machine, site: LabSite, choice: Choice): Promise<Roll> => {
  const before = await site.status();
  await site.writeIni(renderIni(choice.strategy, choice.config));
  const to = await pointLink(site, choice, before);
  const startedAt = Date.now();
  const [result, fault] = await Promise.all([start(machine, site, choice), doFault(machine, site, choice.fault)]);
  const endedAt = Date.now();
  const isThrough = result.status === 0;
  const mayBeEither = fault.startsWith('roll killed') && !isThrough;
  const releases = [...(isThrough || mayBeEither ? [site.directory(to)] : []), ...(isThrough ? [] : [before.promoted])];
  const hasStandby = isThrough && (choice.strategy === 'standby' || choice.strategy === 'rollback');
  const faults = await findFaults(site, { releases, hasStandby });
  const outcome = isThrough ? 'rolled' : result.status === 2 ? 'refused' : 'put back';
  return { choice, to, fault, outcome, startedAt, endedAt, faults: [...unexpected(choice, fault, result), ...faults] };
};

/** Gives the release that the roll is to go to. */
const pointLink = async (site: LabSite, choice: Choice, before: SiteStatus): Promise<string> => {
  if (choice.strategy === 'rollback') return basename(before.previous ?? before.promoted);
  const isBad = choice.fault.kind === 'bad-release';
  // Without a new one it is the one that serves, so that the roll is of the configuration alone.
  const to = choice.hasNewRelease ? await site.release(isBad ? { UNHEALTHY: '' } : {}) : basename(before.promoted);
  await site.flip(to);
  return to;
};

const start = (machine: Machine, site: LabSite, { strategy }: Choice): Promise<Result> =>
  strategy === 'rollback' ? machine.ask('php-zd', 'rollback', site.name) : site.reload();

/** A roll fails for a reason that it was given, and for no other; one that has such a reason does not go through. */
const unexpected = (choice: Choice, fault: string, { status, stderr }: Result): readonly string[] => {
  const isBad = choice.fault.kind === 'bad-release';
  if (status === 0) return isBad ? ['a release that is not healthy was rolled to'] : [];
  // Without a release before this one there is nothing to go back to.
  const isRefused = choice.strategy === 'rollback' && status === 2;
  const hasReason = isBad || isRefused || fault.startsWith('roll killed') || fault.startsWith('replica ');
  return hasReason && status !== 5 ? [] : [`exit status ${status}: ${stderr.trim().split('\n').slice(-3).join(' ')}`];
};
