import { isError, type PhpZdError } from '../../base/errors.ts';
import { siteFile } from '../../base/paths.ts';
import type { Facts } from '../../run/doctor/check.ts';
import type { CheckName } from '../../run/doctor/doctor.ts';
import { openingCommands } from '../../site/closed-files.ts';
import { whereToMakeRoom, writable } from '../words/errors/host.ts';
import { otherPhpWords, phpName } from '../words/php.ts';
import { type Command, phpZd, systemctl, textOf } from '../words/said.ts';
import {
  type AdviceOf,
  END_HOLDERS,
  endedAdvice,
  errorIn,
  errorWords,
  type Fix,
  fixWords,
  listFact,
  reload,
} from './advice.ts';
import { siteDoctorWords } from './site-words.ts';

/** What a socket of php-zd's own is missed for. */
const withoutSocket = (unit: string): string => {
  if (unit === 'php-zd-mounts.socket') return 'no replica can be started, nor comes back from a crash';
  if (unit.startsWith('php-zd-mail-')) return 'mail() fails';
  if (unit.startsWith('php-zd-http-')) return 'nobody comes in over HTTP';
  return 'every roll is refused or fails until HAProxy starts anew, which ends the requests of all sites that are under way';
};

const UNSEEN_ERRORS = 'a release that logs fatal errors is taken for a good one';

/** How many are named. */
const FEW = 3;

const fewOf = (names: readonly string[]): string =>
  [...names.slice(0, FEW), ...(names.length > FEW ? [`${names.length - FEW} more`] : [])].join(', ');

const openingOf = (
  [program, whom]: readonly string[],
  paths: readonly string[],
  trees: readonly string[],
): readonly Command[] =>
  (program === 'chgrp' || program === 'chmod') && whom !== undefined
    ? openingCommands({ by: [program, whom], paths, trees })
    : [];

const advice: AdviceOf<CheckName> = {
  'systemd-version': ({ version }) => ({
    found: `systemd ${version} is too old: php-zd needs 252 or later`,
    fix: { first: 'upgrade the host to Debian 12 or later' },
  }),
  'haproxy-version': ({ version }) => ({
    found: `HAProxy ${version} is too old: php-zd needs 2.6 or later`,
    fix: { first: 'upgrade the host to Debian 12 or later, or take the haproxy package of that' },
  }),
  'haproxy-lua': () => ({
    found: 'HAProxy is built without Lua: php-zd-haproxy cannot be started',
    fix: {
      first: "install Debian's own haproxy package, which has it",
      type: [systemctl('restart', 'php-zd-haproxy')],
    },
  }),
  'node-version': ({ version }) => ({
    found: `Node.js ${version} is too old: php-zd needs 18.18 or later`,
    fix: { first: 'upgrade the host to Debian 12 or later, or take the nodejs package of that' },
  }),
  program: ({ program, version, said }) => ({
    found: programWords(String(program), String(version), said),
    fix: {
      first: 'install php-zd anew ("make install" in its source, as the version that you want)',
      type: [systemctl('daemon-reload')],
    },
  }),
  'unit-files': ({ units }) => ({
    found: `unit files changed since systemd read them (${listFact(units)}): it goes on with the old ones`,
    fix: { type: [systemctl('daemon-reload')] },
  }),
  'unit-lines': ({ lines, sites }) => ({
    found: `systemd passes over lines of drop-ins, which are not in force: ${namesIn(lines).join('; ')}`,
    fix: { first: 'mend these lines', type: [systemctl('daemon-reload'), ...namesIn(sites).map(reload)] },
  }),
  masked: ({ units }) => ({
    found: `${listFact(units)} is masked: a roll that needs it is refused, and what ends does not come back, nor after a boot`,
    fix: { type: [systemctl('unmask', ...(units as readonly string[]))] },
  }),
  'balancer-user': ({ user }) => ({
    found: `there is no user ${user}: HAProxy cannot be started`,
    fix: { type: [systemctl('start', 'php-zd-host')] },
  }),
  'host-directories': ({ missing, wrong, closed, moved, to }) => {
    if (moved !== undefined) {
      return {
        found: `${moved} is a link, by which no replica comes to what it is to run: no site can be started (a bind mount, with a line in /etc/fstab for the next boot, does what the link is for)`,
        fix: {
          type: [
            ['rm', String(moved)],
            ['mkdir', String(moved)],
            ['mount', '--bind', String(to), String(moved)],
            reload('--all'),
          ],
        },
      };
    }
    return missing === undefined
      ? {
          found: `the way to the sockets of all sites has another owner or mode than it should: ${[...namesIn(wrong), ...namesIn(closed)].join(', ')}`,
          fix: {
            type: [
              ...(namesIn(wrong).length === 0 ? [] : [['systemd-tmpfiles', '--create', 'php-zd.conf'] as const]),
              ...(namesIn(closed).length === 0 ? [] : [['chmod', 'o+x', ...namesIn(closed)] as const]),
            ],
          },
        }
      : {
          found: `directories of php-zd are missing: ${listFact(missing)}`,
          fix: { type: [systemctl('start', 'php-zd-host')] },
        };
  },
  room: ({ error }) => ({ found: `${errorWords(error)}: every roll is refused`, fix: roomFix(errorIn(error)) }),
  'balancer-running': ({ state, said }) => {
    const found = `php-zd-haproxy is ${state}: no request reaches a replica`;
    return said === undefined
      ? { found, fix: { type: [systemctl('restart', 'php-zd-haproxy')] } }
      : {
          found: `${found}; it does not start: ${said}`,
          fix: { first: 'mend what it says', type: [systemctl('restart', 'php-zd-haproxy')] },
        };
  },
  'balancer-ended': endedAdvice,
  'balancer-upgraded': ({ units, files }) => ({
    found: `HAProxy was upgraded while it runs, and the old one still serves, without what the upgrade mended: ${listFact(files)}`,
    fix: { type: [systemctl('reload', ...(units as readonly string[]))] },
  }),
  'balancer-files': ({ limit, children, needed }) => ({
    found: `HAProxy may open ${limit} files, and the ${children} children of all sites need ${needed}: requests would be refused`,
    fix: {
      first: 'wait for a quiet time, since the restart ends requests in flight',
      file: {
        path: '/etc/systemd/system/php-zd-haproxy.service.d/limit-files.conf',
        text: `[Service]\nLimitNOFILE=${Math.max(65_536, Number(needed))}\n`,
      },
      type: [systemctl('daemon-reload'), systemctl('restart', 'php-zd-haproxy')],
    },
  }),
  'own-sockets': ({ unit, path, restart }) => ({
    found: `nobody comes to ${path}, though ${unit} is active: ${withoutSocket(String(unit))}`,
    fix: { type: [systemctl('restart', String(restart).replace('.service', ''))] },
  }),
  'balancer-connections': ({ connections, most }) => ({
    found: `${connections} connections are in use of the ${most} that HAProxy takes for all sites: visitors of every site wait`,
    fix: { first: END_HOLDERS, type: [['php-zd', 'status']] },
  }),
  leftovers: ({ site, isRunning, newName }) => {
    if (newName !== undefined)
      return {
        found: `the rename of ${site} to ${newName} was broken off`,
        fix: { type: [['php-zd', 'rename', String(site), String(newName)]] },
      };
    return {
      found: `${site} has no site file, and ${isRunning === true ? 'it runs all the same' : 'php-zd still has what it made of it'}`,
      fix: {
        first: `write ${siteFile(String(site))} again, or give it up`,
        type: [
          ...(isRunning === true ? ([['php-zd', 'stop', String(site)]] as const) : []),
          ['php-zd', 'remove', String(site)],
        ],
      },
    };
  },
  'other-services': ({ units }) => ({
    found: `${listFact(units)} ${listFact(units).includes(',') ? 'run' : 'runs'} too, which php-zd has no use for: memory, unless something else uses it`,
    fix: {
      first: 'see that nothing else uses it',
      type: [systemctl('disable', '--now', ...(Array.isArray(units) ? units : []))],
    },
  }),
  'php-fpm-pools': ({ unit, state, config }) => ({
    found: `${unit} is ${state} and has no pool (${config}), without which it does not start: dpkg, which restarts it at an upgrade, ends with an error, and so does apt`,
    fix: {
      first: 'see that nothing else is to use it',
      type: [
        systemctl('disable', '--now', String(unit)),
        ...(state === 'failed' ? [systemctl('reset-failed', String(unit))] : []),
        ['dpkg', '--configure', '-a'],
      ],
    },
  }),
  'php-start': ({ problems, sites }) => ({
    found: `PHP-FPM would start without what the host's php.ini says, and no roll of ${listFact(sites)} goes through: ${namesIn(problems).join('; ')}`,
    fix: { first: 'mend these lines, or install what they name', type: [['php-zd', 'check', ...namesIn(sites)]] },
  }),
  'php-closed': ({ closed, isIni, sites, by, paths, trees }) => ({
    found: `PHP-FPM of ${listFact(sites)} may not read ${fewOf(namesIn(closed))}: ${isIni === true ? 'each replica does without from its next start on, and no roll goes through' : 'a replica that crashes comes back without'}`,
    fix: {
      ...(by === undefined && { first: 'put it where that user may read it' }),
      type: [...openingOf(namesIn(by), namesIn(paths), namesIn(trees)), phpZd('reload', ...namesIn(sites))],
    },
  }),
  'php-gone': ({ site, binary, slots, installed, isBroken }) => ({
    found: `${phpName(String(binary))}, which replica ${listFact(slots)} of ${site} runs, was removed: ${isBroken === true ? 'one that crashes does not come back, nor does the site after a boot' : 'one that crashes comes back with another one, unproven'}`,
    fix: {
      ...(isBroken === true && { first: otherPhpWords(namesIn(installed)) }),
      type: [reload(String(site))],
    },
  }),
  needrestart: ({ units }) => ({
    found: `after an upgrade of a library needrestart would restart ${listFact(units)}, all replicas of a site at once`,
    fix: {
      file: { path: '/etc/needrestart/conf.d/php-zd.conf', text: '$nrconf{override_rc}{qr(^php-zd)} = 0;\n' },
      type: [reload('--all'), systemctl('reload', 'php-zd-haproxy')],
    },
  }),
  journal: ({ level, site, lines }) => {
    if (site !== undefined) {
      const wanted = namesIn(lines);
      return {
        found: `of what replicas of ${site} log the journal has a part (${wanted.map(line => line.slice(0, line.indexOf('=') + 1)).join(', ')}): ${UNSEEN_ERRORS}`,
        fix: {
          file: {
            path: `/etc/systemd/system/php-zd-fpm-${site}@.service.d/zz-log.conf`,
            text: `[Service]\n${wanted.map(line => `${line}\n`).join('')}`,
          },
          type: [systemctl('daemon-reload'), reload(String(site))],
        },
      };
    }
    const setting = level === undefined ? 'Storage=volatile' : 'MaxLevelStore=info';
    return {
      found:
        level === undefined
          ? `journald keeps nothing of what is logged: ${UNSEEN_ERRORS}, and php-zd logs is empty`
          : `journald keeps no line that weighs as little as those of replicas (${level}=): ${UNSEEN_ERRORS}`,
      fix: {
        file: { path: '/etc/systemd/journald.conf.d/zz-php-zd.conf', text: `[Journal]\n${setting}\n` },
        type: [systemctl('restart', 'systemd-journald')],
      },
    };
  },
  ...siteDoctorWords,
};

const roomFix = (error: PhpZdError | undefined): Fix => {
  if (isError(error, 'read-only'))
    return { first: 'see in "journalctl -k" whether the kernel made it so', type: [writable(error.facts)] };
  return isError(error, 'no-room') ? { first: `make room there: ${textOf(whereToMakeRoom(error.facts))}` } : {};
};

const namesIn = (fact: Facts[string]): readonly string[] => (Array.isArray(fact) ? fact.map(String) : []);

const programWords = (program: string, version: string, said: Facts[string]): string => {
  if (program === '') return 'systemd does not know php-zd@.service: no site can be started';
  if (said === undefined) return `the units call ${program}, which is not there`;
  return `the units call ${program}, which is ${said}, and this is php-zd ${version}`;
};

/** What a check found, with the reason, and what to do about it; each without a full stop. */
export interface DoctorWords {
  readonly found: string;
  readonly fix: string;
}

export const doctorWords = (check: CheckName, facts: Facts, site = ''): DoctorWords => {
  const { found, fix } = advice[check](facts, site);
  return { found, fix: fixWords(fix) };
};

export const fixOf = (check: CheckName, facts: Facts, site = ''): Fix => advice[check](facts, site).fix;
