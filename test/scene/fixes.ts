import { expect } from 'vitest';
import type { Fix } from '../../src/report/doctor/advice.ts';
import type { Command } from '../../src/report/words/said.ts';
import type { Facts } from '../../src/run/doctor/check.ts';
import type { CheckName } from '../../src/run/doctor/doctor.ts';
import { END_HOARD } from './hoard.ts';
import type { Scene } from './scene.ts';

/** A finding of `php-zd doctor --json`. */
export interface Found {
  readonly check: CheckName;
  readonly severity: string;
  readonly facts: Facts;
  readonly steps: Fix;
}

/** Files as they were before a test spoilt them. */
export const GOOD = '/root/good';
/** What fills the disk of php-zd's own files. */
export const FULL = '/var/lib/php-zd/shop/tmp/shop/full';
const RELEASE = '/srv/shop/releases/1';
const SITE_FILE = '/etc/php-zd/sites/shop.ini';
const goodNginx = `cp ${GOOD}/shop /etc/nginx/sites-enabled/shop`;
const goodSite = `cp ${GOOD}/shop.ini ${SITE_FILE}`;

/** No machine of a suite's has such a host. */
const OLD_HOST = undefined;

/**
 * For each check the part of its fix that a person does, as a shell's line: nothing where all of it is typed or written as it is
 * printed. A check without an entry does not compile, and one that no test brings about and follows fails the last of these tests.
 */
export const byHand: { readonly [Name in CheckName]: string | undefined } = {
  ...{ 'systemd-version': OLD_HOST, 'haproxy-version': OLD_HOST, 'haproxy-lua': OLD_HOST, 'node-version': OLD_HOST },
  program: 'rm /etc/systemd/system/php-zd@.service.d/other.conf',
  'unit-lines': 'rm /etc/systemd/system/php-zd-fpm-shop@.service.d/y.conf',
  ...{
    'unit-files': '',
    masked: '',
    'balancer-user': '',
    'host-directories': '',
    'balancer-running': '',
    'balancer-upgraded': '',
  },
  'balancer-ended': 'true',
  'balancer-files': 'true',
  'own-sockets': '',
  'balancer-connections': END_HOARD.join(' '),
  room: `rm -rf ${FULL}`,
  leftovers: 'true',
  'other-services': 'true',
  'php-fpm-pools': 'true',
  'php-start': 'rm /etc/php/*/fpm/conf.d/97-quote.ini',
  'php-closed': '',
  // test/long/other-php.test.ts.
  'php-gone': undefined,
  ...{ needrestart: '', journal: '' },
  status: 'php-zd reload shop',
  start: 'rm /etc/systemd/system/php-zd*.service.d/h.conf',
  'site-file': goodSite,
  'site-warnings': `printf '[health]\\npath = /health\\ninterval = 100ms\\n' >>${SITE_FILE}`,
  enabled: '',
  'generated-files': '',
  'unit-settings': 'rm /etc/systemd/system/php-zd-fpm-shop@.service.d/x.conf',
  ...{
    directories: '',
    replaced: '',
    'log-files': 'true',
    'front-socket': '',
    'http-down': '',
    'http-ended': 'true',
    'php-upgraded': '',
    // test/long/other-php.test.ts.
    'php-lost': undefined,
    'php-extensions': '',
    'php-ini': '',
    health: `rm -f ${RELEASE}/UNHEALTHY`,
  },
  release: 'ln -sfn releases/1 /srv/shop/current',
  links: `find ${RELEASE} -type l -delete`,
  'link-directory': 'true',
  'writable-release': `chown root ${RELEASE}`,
  'readable-release': '',
  'unlisted-places': '',
  ...{ 'absolute-paths': `rm ${RELEASE}/link.php`, 'own-paths': `rm ${RELEASE}/own.php`, jobs: 'rm /etc/cron.d/shop' },
  'compiled-code': `printf '[writable]\\nbootstrap/cache = yes\\n' >>${SITE_FILE}`,
  ...{ 'file-cache': '', opcache: '', apcu: 'rm /etc/php/*/fpm/conf.d/98-apcu.ini' },
  preload: `sed -i 's|^\\(ini.opcache.preload. =\\).*|\\1 /srv/shop/releases/.shop.live/preload.php|' ${SITE_FILE}`,
  sessions: `sed -i /session.save_path/d ${SITE_FILE}`,
  mail:
    `sed -i -e '/^home = /d' -e 's/^php_admin_value.sendmail_path. = .* -f /php_admin_value[mail.force_extra_parameters] = -f/' ` +
    `-e 's/^\\[php\\]$/&\\nini[sendmail_path] = ""/' ${SITE_FILE}`,
  ...{ refused: 'true', network: 'true' },
  connections: END_HOARD.join(' '),
  ...{ 'drain-timeout': '', 'terminate-timeout': '', somaxconn: '' },
  memory: `sed -i 's/^pm.max_children = .*/pm.max_children = 4/' ${SITE_FILE}`,
  ...{ 'keep-conn': goodNginx, 'mixed-releases': goodNginx, 'sent-twice': goodNginx, 'read-timeout': goodNginx },
  'queue-timeout': goodNginx,
  snippet: `php-zd snippet shop nginx >/etc/nginx/sites-enabled/shop`,
  'server-name': 'rm /etc/nginx/sites-enabled/twice',
  'web-server': `${goodNginx} && systemctl reload nginx`,
  'static-files': '',
  // test/long/own-haproxy.test.ts.
  'own-haproxy': undefined,
  'web-server-rights': `printf '[listen]\\ngroup = www-data\\n' >>${SITE_FILE}`,
};

/** Does what the fixes of these findings say, word by word, and what a person does of them. Gives the lines that were typed. */
export const follow = async ({ machine }: Scene, findings: readonly Found[]): Promise<readonly string[]> => {
  for (const { check, steps } of findings) {
    const hand = byHand[check];
    expect({ check, byHand: steps.first !== undefined }).toEqual({ check, byHand: hand !== '' });
    if (hand) await machine.run('sh', '-c', hand);
    if (steps.file !== undefined) await machine.write(steps.file.path, steps.file.text);
    if (steps.ini !== undefined) {
      const text = await machine.run('cat', SITE_FILE);
      await machine.write(SITE_FILE, withLine(text, steps.ini));
    }
  }
  const commands = lastOfEach(findings.flatMap(({ steps }) => steps.type ?? []));
  for (const command of commands) await machine.run(...command);
  return commands.map(command => command.join(' '));
};

/** The text with the line in its section, in the place of one with the same key. */
const withLine = (text: string, { section, line }: NonNullable<Fix['ini']>): string => {
  const key = `${line.slice(0, line.indexOf(' ='))} =`;
  const parts = text.split(/^(?=\[)/m);
  const others = (part: string) => part.split('\n').filter(each => each !== '' && !each.startsWith(key));
  const head = `[${section}]`;
  const isThere = parts.some(part => part.startsWith(`${head}\n`));
  const all = isThere ? parts : [...parts, `${head}\n`];
  return all.map(part => (part.startsWith(`${head}\n`) ? `${[...others(part), line].join('\n')}\n` : part)).join('');
};

/** Several findings may end with the same line, which is typed once, after the others. */
const lastOfEach = (commands: readonly Command[]): readonly Command[] => {
  const texts = commands.map(command => command.join('\0'));
  return commands.filter((_, index) => !texts.includes(texts[index] ?? '', index + 1));
};
