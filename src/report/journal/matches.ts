import {
  admitUnit,
  balancerTag,
  balancerUnit,
  gateUnit,
  hookUnit,
  httpSocketUnit,
  httpUnit,
  parkUnit,
  replicaUnit,
  siteUnit,
  sliceUnit,
  webUnit,
} from '../../base/paths.ts';
import { HOOKS } from '../../site/site.ts';

/**
 * The arguments by which journalctl(1) shows what is said about a site: matches of one field are alternatives, and `+` stands
 * between groups of matches. They are exact: journalctl looks a pattern up once, and would miss units that are new while it
 * follows. Anybody may write an entry with any field, but for those that begin with `_` (facts.md N10): each group has one of
 * these.
 */
export const siteMatches = (site: string, slots: readonly number[]): readonly string[] => {
  const hooks = HOOKS.map(hook => hookUnit(site, hook));
  const units = [
    siteUnit(site),
    httpUnit(site),
    httpSocketUnit(site),
    ...slots.flatMap(slot => unitsOf(site, slot)),
    ...hooks,
  ];
  return joinGroups([
    // All replicas are in the site's slice, whatever their numbers are.
    [`_SYSTEMD_SLICE=${sliceUnit(site)}`],
    [siteUnit(site), httpUnit(site)].map(unit => `_SYSTEMD_UNIT=${unit}`),
    ['_UID=0', `PHP_ZD_SITE=${site}`],
    [`_SYSTEMD_UNIT=${balancerUnit}`, `SYSLOG_IDENTIFIER=${balancerTag(site)}`],
    // What systemd says of a unit: from any process but PID 1 these fields would be a claim.
    ['_PID=1', ...units.map(unit => `UNIT=${unit}`)],
  ]);
};

/** The arguments by which journalctl(1) shows what is said about one replica. */
export const replicaMatches = (site: string, slot: number): readonly string[] =>
  joinGroups([
    [replicaUnit(site, slot), webUnit(site, slot)].map(unit => `_SYSTEMD_UNIT=${unit}`),
    ['_UID=0', `PHP_ZD_SITE=${site}`, `PHP_ZD_REPLICA=${slot}`],
    ['_PID=1', ...unitsOf(site, slot).map(unit => `UNIT=${unit}`)],
  ]);

const unitsOf = (site: string, slot: number): readonly string[] => [
  replicaUnit(site, slot),
  webUnit(site, slot),
  admitUnit(site, slot),
  gateUnit(site, slot),
  parkUnit(site, slot, 'timer'),
  parkUnit(site, slot, 'service'),
];

const joinGroups = (groups: readonly (readonly string[])[]): readonly string[] =>
  groups.flatMap((group, index) => (index === 0 ? group : ['+', ...group]));
