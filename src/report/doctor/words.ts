import type { Facts } from '../../run/doctor/check.ts';
import type { CheckName } from '../../run/doctor/doctor.ts';
import { type DoctorWords, listFact, type WordsOf } from './advice.ts';
import { siteDoctorWords } from './site-words.ts';

const words: WordsOf<CheckName> = {
  'systemd-version': ({ version }) => ({
    found: `systemd ${version} is too old: php-zd needs 252 or later`,
    fix: 'upgrade the host to Debian 12 or later',
  }),
  'haproxy-version': ({ version }) => ({
    found: `HAProxy ${version} is too old: php-zd needs 2.6 or later`,
    fix: 'apt-get install haproxy, of Debian 12 or later',
  }),
  'haproxy-lua': () => ({
    found: 'HAProxy is built without Lua: php-zd-haproxy cannot be started',
    fix: "apt-get install --reinstall haproxy, Debian's own, which has it",
  }),
  'node-version': ({ version }) => ({
    found: `Node.js ${version} is too old: php-zd needs 18.18 or later`,
    fix: 'apt-get install nodejs, of Debian 12 or later',
  }),
  program: ({ program, version, said }) => ({
    found: programWords(String(program), String(version), said),
    fix: 'install php-zd anew ("make install" in its source, as the version that you want), then systemctl daemon-reload',
  }),
  'unit-files': ({ units }) => ({
    found: `unit files changed since systemd read them (${listFact(units)}): it goes on with the old ones`,
    fix: 'systemctl daemon-reload',
  }),
  'balancer-user': ({ user }) => ({
    found: `there is no user ${user}: HAProxy cannot be started`,
    fix: 'systemd-sysusers, then systemctl restart php-zd-haproxy',
  }),
  'host-directories': ({ missing }) => ({
    found: `directories of php-zd are missing: ${listFact(missing)}`,
    fix: 'systemd-tmpfiles --create',
  }),
  'balancer-running': ({ state }) => ({
    found: `php-zd-haproxy is ${state}: no request reaches a replica`,
    fix: 'systemctl start php-zd-haproxy; if it fails, journalctl -eu php-zd-haproxy',
  }),
  'balancer-upgraded': () => ({
    found: "HAProxy's program was replaced while it runs: the old one still serves, without what the upgrade mended",
    fix: 'systemctl reload php-zd-haproxy, which loses nothing',
  }),
  'balancer-files': ({ limit, children, needed }) => ({
    found: `HAProxy may open ${limit} files, and the ${children} children of all sites need ${needed}: requests would be refused`,
    fix: `write LimitNOFILE=${Math.max(65_536, Number(needed))} in "systemctl edit php-zd-haproxy" and restart it when it is quiet`,
  }),
  'other-services': ({ units }) => ({
    found: `${listFact(units)} ${listFact(units).includes(',') ? 'run' : 'runs'} too, which php-zd has no use for: memory, unless something else uses it`,
    fix: `if nothing does: systemctl disable --now ${listFact(units).replaceAll(',', '')}`,
  }),
  needrestart: ({ units }) => ({
    found: `after an upgrade of a library needrestart would restart ${listFact(units)}, all replicas of a site at once`,
    fix: "echo '$nrconf{override_rc}{qr(^php-zd)} = 0;' >/etc/needrestart/conf.d/php-zd.conf; after an upgrade: php-zd reload --all, systemctl reload php-zd-haproxy",
  }),
  ...siteDoctorWords,
};

const programWords = (program: string, version: string, said: Facts[string]): string => {
  if (program === '') return 'systemd does not know php-zd@.service: no site can be started';
  if (said === undefined) return `the units call ${program}, which is not there`;
  return `the units call ${program}, which is ${said}, and this is php-zd ${version}`;
};

export const doctorWords = (check: CheckName, facts: Facts, site = ''): DoctorWords => words[check](facts, site);
