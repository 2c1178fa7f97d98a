import { balancerTag, hookUnit, parkUnit, replicaUnit, siteUnit, sliceUnit } from '../../base/paths.ts';
import { HOOKS } from '../../site/site.ts';

/**
 * What journalctl(1) is to show of a site, as its arguments: matches of one field are alternatives, `+` stands between groups of
 * others. Exact ones: a pattern is looked up once, and would miss units that are new while it follows.
 */
export const siteMatches = (site: string, slots: readonly number[]): readonly string[] => {
  const hooks = HOOKS.map(hook => hookUnit(site, hook));
  const units = [siteUnit(site), ...slots.flatMap(slot => unitsOf(site, slot)), ...hooks];
  return joinGroups([
    // Whatever their numbers are: all replicas are in the site's slice.
    [`_SYSTEMD_SLICE=${sliceUnit(site)}`],
    [`_SYSTEMD_UNIT=${siteUnit(site)}`],
    [`PHP_ZD_SITE=${site}`],
    [`SYSLOG_IDENTIFIER=${balancerTag(site)}`],
    // systemd's own words about a unit; from any other process they would be a claim.
    ['_PID=1', ...units.map(unit => `UNIT=${unit}`)],
  ]);
};

/** The same of one replica. */
export const replicaMatches = (site: string, slot: number): readonly string[] =>
  joinGroups([
    [`_SYSTEMD_UNIT=${replicaUnit(site, slot)}`],
    [`PHP_ZD_SITE=${site}`, `PHP_ZD_REPLICA=${slot}`],
    ['_PID=1', ...unitsOf(site, slot).map(unit => `UNIT=${unit}`)],
  ]);

const unitsOf = (site: string, slot: number): readonly string[] => [
  replicaUnit(site, slot),
  parkUnit(site, slot, 'timer'),
  parkUnit(site, slot, 'service'),
];

const joinGroups = (groups: readonly (readonly string[])[]): readonly string[] =>
  groups.flatMap((group, index) => (index === 0 ? group : ['+', ...group]));
