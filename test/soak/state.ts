import { setTimeout } from 'node:timers/promises';
import type { LabSite, SiteStatus } from '../lab/site.ts';

/** A new process of HAProxy has its first checks to do before it says what is up. */
const DEADLINE_MS = 3_000;

/** What a roll may leave: the release before it or the one that it went to, on every replica (design.md P4). */
export interface Allowed {
  readonly releases: readonly string[];
  /** A replica of the previous release is to stand by, where there is one. */
  readonly hasStandby: boolean;
}

/** What is wrong with how the site is found, in words; nothing when it is as it may be. */
export const findFaults = async (site: LabSite, allowed: Allowed): Promise<readonly string[]> => {
  for (const end = Date.now() + DEADLINE_MS; ; await setTimeout(100)) {
    const faults = faultsOf(await site.status(), allowed);
    if (faults.length === 0 || Date.now() > end) return faults;
  }
};

const faultsOf = (status: SiteStatus, { releases, hasStandby }: Allowed): readonly string[] => {
  const { promoted, generation, wanted, serving, replicas } = status;
  const isRight = (replica: SiteStatus['replicas'][number]) =>
    replica.isServing && replica.isRunningPin && replica.pin === generation && replica.hold === undefined;
  const others = replicas.filter(replica => !isRight(replica));
  const standbys = others.filter(({ hold, unit, isServing }) => hold === 'standby' && unit === 'active' && !isServing);
  const isMissing =
    hasStandby && status.previous !== undefined && status.previous !== promoted && standbys.length === 0;
  return [
    ...(releases.includes(promoted) ? [] : [`${promoted} is promoted, not ${releases.join(' or ')}`]),
    ...(serving === wanted ? [] : [`${serving} of ${wanted} replicas serve`]),
    ...others.filter(other => !standbys.includes(other)).map(other => `left over: ${JSON.stringify(other)}`),
    ...(standbys.length > 1 ? ['more than one stands by'] : []),
    ...(isMissing ? ['no replica stands by'] : []),
  ];
};
