import type { ErrorCode } from '../../src/base/error-facts.ts';
import type { FindingKind } from '../../src/report/status/finding.ts';
import type { Command } from '../../src/report/words/said.ts';

/**
 * `look`: all that is to be typed looks, and changes nothing. Otherwise the file and the titles of the tests that type what is printed
 * on a machine. What is printed without any command has `none`.
 */
export type Followed = 'look' | 'none' | readonly [file: string, ...titles: readonly string[]];

const NEXT = 'test/long/next-steps.test.ts';
const here = (...titles: readonly string[]): Followed => [NEXT, ...titles];
const DOCTOR: Followed = [
  'test/system/doctor.test.ts',
  'a site, and then a host, all of whose connections are taken is found',
];

/** Where a test follows what `php-zd status` says. One that is missing does not compile. */
export const findingsFollowed: { readonly [Kind in FindingKind]: Followed } = {
  'not-started': here('not-started'),
  rolling: here('rolling'),
  starting: here('starting'),
  'unit-failed': here('unit-failed'),
  'stop-failed': here('stop-failed'),
  'unit-stopped': here('unit-stopped'),
  'roll-killed': here('roll-killed'),
  maintenance: here('maintenance'),
  held: here('held'),
  // What they name is doctor, whose fix that test follows.
  ...{ full: DOCTOR, 'all-full': DOCTOR },
  'balancer-down': here('balancer-down'),
  'balancer-silent': here('balancer-silent'),
  'haproxy-silent': 'look',
  unlinked: here('unlinked'),
  'front-gone': here('front-gone'),
  'socket-gone': here('socket-gone'),
  'control-gone': here('control-gone'),
  'release-gone': here('release-gone'),
  'http-down': here('http-down'),
  parked: 'none',
  'park-unwatched': [
    'test/system/drain-timeout.test.ts',
    'a request that outlasts the drain is parked with its replica: the roll ends well, and so does the request',
  ],
  'lost-sight': here('lost-sight'),
  silent: 'look',
  'other-configuration': here('other-configuration'),
  'other-release': here('other-release'),
  'standby-down': here('standby-down'),
  'standby-lost-sight': here('standby-lost-sight'),
  crashing: here('crashing'),
  ...{ replaced: here('replaced'), unmounted: here('unmounted'), 'php-ini': here('php-ini') },
  drained: here('drained'),
  idle: here('idle'),
  stopped: here('stopped'),
  'all-stopped': here('all-stopped'),
  ended: here('ended'),
  'php-upgraded': here('php-upgraded'),
  'php-gone': [
    'test/long/other-php.test.ts',
    'a PHP that only replicas have is told by status and doctor, with what brings another one',
  ],
  'php-lost': [
    'test/long/other-php.test.ts',
    'a PHP without the extensions that replicas have is rolled to by nobody but by name',
  ],
  'too-many': here('too-many'),
  'too-few': here('too-few'),
  'link-broken': here('link-broken'),
  'link-failed': here('link-failed'),
  'link-ahead': here('link-ahead'),
  'file-ahead': here('file-ahead'),
  'site-file': 'look',
  'no-room': [
    'test/system/doctor.test.ts',
    'a file system without room, or read-only, is found before a roll is refused',
  ],
};

/** Where a test follows what an error says. One that is missing does not compile. */
export const errorsFollowed: { readonly [Code in ErrorCode]: Followed } = {
  'site-invalid': 'none',
  'site-exists': 'look',
  'site-unknown': ['test/system/init.test.ts', 'the site that it wrote starts'],
  'name-taken': 'none',
  'rename-mounted': 'none',
  'rename-broken-off': ['test/system/exits.test.ts', 'a rename that was broken off goes on when it is typed again'],
  'socket-taken': 'none',
  'bus-unavailable': 'look',
  'bus-broken': 'look',
  'bus-denied': 'none',
  'unit-unknown': 'look',
  'unit-masked': here('unit-masked'),
  'job-failed': 'look',
  'systemd-refused': 'look',
  'balancer-unreachable': here('balancer-unreachable'),
  'balancer-refused': 'look',
  'front-outdated': here('front-outdated'),
  'front-gone': here('front-gone'),
  'front-bypassed': 'none',
  'release-missing': here('release-missing'),
  'release-incomplete': 'look',
  'release-unfit': here('release-unfit', 'release-unfit, and its own'),
  'not-promoted': here('not-promoted'),
  'not-a-link': 'none',
  'no-previous': here('no-previous'),
  'not-run-yet': here('not-run-yet'),
  'fastcgi-unreachable': 'look',
  'fastcgi-broken': 'look',
  'replica-unproven': 'none',
  'warmup-failed': 'none',
  'replica-worse': 'look',
  'not-serving': 'look',
  'drain-timeout': here('drain-timeout'),
  'nobody-else-serves': 'none',
  'slots-parked': 'none',
  'capacity-short': 'look',
  'hook-failed': 'look',
  'not-started': here('not-started'),
  'site-started': here('site-started'),
  'roll-under-way': here('roll-under-way', 'roll-under-way, and ended'),
  'drain-refused': 'look',
  'drain-overtaken': 'look',
  'replica-unfit': here('replica-unfit'),
  'still-busy': here('still-busy'),
  'page-unfit': 'none',
  'drill-refused': here(
    ...['drill-refused: not-started', 'drill-refused: other-release', 'drill-refused: other-release, and back'],
    ...['drill-refused: other-configuration', 'drill-refused: no-script'],
  ),
  deadline: 'look',
  aborted: 'none',
  'command-failed': here('command-failed'),
  'file-system': 'look',
  'network-unheld': 'none',
  'no-room': here('no-room'),
  'read-only': here('read-only'),
  'former-owner': [
    'test/long/owners.test.ts',
    'a user that was made anew while the site runs keeps his visitors logged in, once the files are his again',
  ],
  'group-unknown': 'none',
};

const LOOKS: readonly RegExp[] = [
  /^php-zd (check|doctor|follow|list|logs|plan|releases|status)\b/,
  /^systemctl status /,
  /^(journalctl|df|findmnt) /,
];

/** Whether a command changes nothing. */
export const isLook = (command: Command): boolean => LOOKS.some(look => look.test(command.join(' ')));
