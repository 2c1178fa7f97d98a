import type { ReplicaStatus, SiteStatus } from '../run/status.ts';

/** What is not right, each with what to do about it. */
export const findingsOf = (status: SiteStatus): readonly string[] => {
  const { site, unit, serving, replicas } = status;
  if (unit === 'inactive' && serving === 0) return [`not started: systemctl start php-zd@${site}`];
  // What is not as it should be is about to be: nobody should mend it.
  if (unit === 'reloading') return [`a roll is under way: systemctl status php-zd@${site}`];
  return [
    ...replicas.flatMap(replica => replicaFindings(status, replica)),
    ...numberFindings(status),
    ...linkFindings(status),
    ...(unit === 'failed' ? [`php-zd@${site} is failed: systemctl start php-zd@${site}`] : []),
  ];
};

const mend = (site: string): string => `put it right with "php-zd reload ${site}"`;

const replicaFindings = (status: SiteStatus, replica: ReplicaStatus): readonly string[] => {
  if (replica.isServing) return servingFindings(status, replica);
  // Stopped or stopping, its timer clears it away.
  if (replica.hold === 'parked') return replica.unit === 'active' ? [parkedWords(replica)] : [];
  return replica.hold === 'standby' ? standbyFindings(status, replica) : idleFindings(status, replica);
};

const parkedWords = ({ slot, blockers }: ReplicaStatus): string =>
  `replica ${slot} is parked: it is stopped when its last requests end${blockers.length === 0 ? '' : ` (${blockers.join('; ')})`}`;

/** It serves, but is it what should? */
const servingFindings = (status: SiteStatus, replica: ReplicaStatus): readonly string[] => {
  const { site, promoted, generation } = status;
  const { slot, pin, release, isRunningPin } = replica;
  if (!isRunningPin) return [`replica ${slot} ${lostSight}: ${mend(site)}`];
  if (pin === generation) return [];
  return release === promoted
    ? [`replica ${slot} serves the promoted release with another configuration: ${mend(site)}`]
    : [`replica ${slot} serves ${release ?? `generation ${pin}`}, not the promoted release: ${mend(site)}`];
};

const lostSight = 'no longer sees its release: it, its configuration or the mount point was removed while it runs';

/** A standby that is as it should be, drained, is no finding. */
const standbyFindings = ({ site }: SiteStatus, { slot, unit, isRunningPin }: ReplicaStatus): readonly string[] => {
  if (unit !== 'active') return [`the standby, replica ${slot}, is ${unitWord(unit)}: ${mend(site)}`];
  return isRunningPin ? [] : [`the standby, replica ${slot}, ${lostSight}: ${mend(site)}`];
};

/** It should serve, or not be there. */
const idleFindings = (status: SiteStatus, replica: ReplicaStatus): readonly string[] => {
  const { site, generation } = status;
  const { slot, unit, pin, hold, balancer } = replica;
  switch (unit) {
    case 'active':
      return [`replica ${slot} runs but takes no requests (${balancer ?? 'HAProxy does not know it'}): ${mend(site)}`];
    case 'inactive':
      // What a roll left is not brought back by starting it.
      return pin === generation && hold === undefined
        ? [`replica ${slot} is stopped: php-zd start ${site} --replica ${slot}`]
        : [];
    default:
      return [`replica ${slot} is ${unit}: journalctl -eu php-zd-fpm-${site}@${slot}`];
  }
};

const unitWord = (unit: ReplicaStatus['unit']): string => (unit === 'inactive' ? 'stopped' : unit);

/** Too few or too many, unless a replica that does not serve says it already. */
const numberFindings = (status: SiteStatus): readonly string[] => {
  const { site, serving, wanted, replicas } = status;
  const isMissing = (replica: ReplicaStatus) =>
    !replica.isServing && replica.hold !== 'parked' && replica.hold !== 'standby';
  if (serving > wanted) return [`${serving} replicas serve, ${wanted} should: ${mend(site)}`];
  if (serving === wanted) return [];
  const isExplained = replicas.some(replica => isMissing(replica) && replicaFindings(status, replica).length > 0);
  if (isExplained) return [];
  return [`only ${serving} of ${wanted} replicas serve: ${mend(site)}`];
};

const linkFindings = ({ site, linked, promoted }: SiteStatus): readonly string[] => {
  if (linked === undefined) return ['the link of the release names no directory: a reload would be refused'];
  if (promoted === undefined || linked === promoted) return [];
  return [`the link names ${linked}, not the promoted release: roll to it with "php-zd reload ${site}"`];
};
