import type { Severity } from '../../run/doctor/check.ts';
import { type CheckName, type Diagnosis, type Look, STATUS } from '../../run/doctor/doctor.ts';
import type { SiteStatus } from '../../run/observe/status.ts';
import type { FindingKind, Finding as StatusFinding } from '../status/finding.ts';
import { findingsOf } from '../status/findings.ts';

/** How much it is, and the checks that find the same, with more to say of it. */
type Told = readonly [Severity, ...(readonly CheckName[])];

const OF_A_REPLICA: readonly FindingKind[] = ['drained', 'stopped'];

/** Somebody has asked for it, and nothing is lost by it: `php-zd status` alone has it. */
const MEANT = undefined;

/** What doctor makes of each finding of `php-zd status`. One that is missing does not compile. */
export const toldByDoctor: { readonly [Kind in FindingKind]: Told | undefined } = {
  ...{ 'not-started': MEANT, rolling: MEANT, maintenance: MEANT, held: MEANT, parked: MEANT },
  ...{ 'link-ahead': MEANT, 'file-ahead': MEANT },
  // The first start of a site too, which may go well.
  starting: ['note', 'start'],
  'unit-failed': ['problem', 'start'],
  'stop-failed': ['problem', 'start'],
  'unit-stopped': ['problem'],
  'roll-killed': ['problem'],
  full: ['problem', 'connections'],
  'all-full': ['problem', 'balancer-connections'],
  'balancer-down': ['problem', 'balancer-running'],
  'balancer-silent': ['problem'],
  'haproxy-silent': ['problem'],
  unlinked: ['problem', 'front-socket'],
  'front-gone': ['problem', 'front-socket'],
  'socket-gone': ['problem'],
  'control-gone': ['problem', 'own-sockets'],
  'release-gone': ['problem', 'site-file'],
  'http-down': ['problem', 'http-down'],
  'park-unwatched': ['problem'],
  'lost-sight': ['problem', 'host-directories', 'site-file', 'release', 'health'],
  silent: ['problem', 'host-directories', 'health'],
  'other-configuration': ['problem'],
  'other-release': ['problem'],
  'standby-down': ['warning', 'start'],
  'standby-lost-sight': ['warning'],
  crashing: ['problem'],
  replaced: ['problem', 'replaced'],
  unmounted: ['problem', 'replaced'],
  'php-ini': ['warning', 'php-ini', 'php-extensions', 'php-upgraded', 'php-start', 'php-closed'],
  drained: ['warning'],
  idle: ['problem', 'host-directories', 'http-down'],
  stopped: ['warning'],
  'all-stopped': ['problem'],
  ended: ['problem', 'start'],
  'php-upgraded': ['warning', 'php-upgraded'],
  'php-lost': ['problem', 'php-lost'],
  'php-gone': ['problem', 'php-gone'],
  'too-many': ['warning'],
  'too-few': ['problem', 'start'],
  'link-broken': ['problem', 'site-file', 'release'],
  'link-failed': ['warning'],
  'site-file': ['problem', 'site-file'],
  'no-room': ['problem', 'room'],
};

/** The diagnosis with all that `php-zd status` finds: what is told there is told here. */
export const withStatus = ({ statuses, ...diagnosis }: Look): Diagnosis => {
  const more = statuses.flatMap(status => findingsOf(status).flatMap(found => tell(status, found, diagnosis.findings)));
  return { ...diagnosis, findings: [...diagnosis.findings, ...more] };
};

/** What is told of a finding of status besides what checks have found: nothing where one of them has the same. */
export const tell = (
  { site, serving }: Pick<SiteStatus, 'site' | 'serving'>,
  { kind, what, way = '' }: StatusFinding,
  findings: Diagnosis['findings'],
): Diagnosis['findings'] => {
  const [severity, ...checks]: Partial<Told> = toldByDoctor[kind] ?? [];
  const isTold = findings.some(found => checks.includes(found.check) && (found.site ?? site) === site);
  if (severity === undefined || isTold) return [];
  // A replica that is missing weighs what it leaves.
  const isAll = serving === 0 && OF_A_REPLICA.includes(kind);
  return [{ check: STATUS, severity: isAll ? 'problem' : severity, site, facts: { kind, what, way } }];
};
