import { dirname } from 'node:path';
import { FPM_PING_PATH, FPM_STATUS_PATH } from '../base/fpm-paths.ts';
import type { SitePaths } from '../base/paths.ts';
import { isBareInFpm, isTextOnly } from '../site/existing/pool-value.ts';
import type { Lines } from '../site/lines.ts';
import type { Site } from '../site/site.ts';
import { type RenderContext, renderHeader } from './generated.ts';
import { homeOf } from './view.ts';

export interface FpmContext extends RenderContext {
  /** Where FPM's own log goes: elsewhere than to the journal when FPM is only asked to test the file. */
  readonly log?: string;
}

/** The environment variable that tells an FPM which replica it is, so that one php-fpm.conf does for all replicas. */
export const REPLICA_VARIABLE = 'PHP_ZD_REPLICA';
const replica = `\${${REPLICA_VARIABLE}}`;

/** A replica's php-fpm.conf: one pool, which runs as the site's own user since the whole of FPM does (facts.md F10). */
export const renderFpmConfig = (
  site: Site,
  { paths, log = 'syslog' }: FpmContext,
): string => `${renderHeader(site, ';')}
[global]
; stderr is the journal's: with --force-stderr FPM writes there; a file or /proc/self/fd/2 fails under systemd.
error_log = ${log}
; SIGQUIT must not be a kill. It is the net below the drain, not the method.
process_control_timeout = ${processControlTimeoutS(site)}s

[${site.name}]
listen = ${paths.socket(replica)}
listen.mode = 0660
pm.status_path = ${FPM_STATUS_PATH}
; A pool of its own: answers while every child is busy.
pm.status_listen = ${paths.statusSocket(replica)}
ping.path = ${FPM_PING_PATH}
${poolLines(site, paths).join('\n')}
${[...environmentOf(site, paths)].map(([name, value]) => `env[${name}] = ${quoteIniValue(value)}\n`).join('')}`;

/** process_control_timeout, in FPM's whole seconds: as long as a drain may take. */
export const processControlTimeoutS = (site: Site): number => Math.max(1, Math.ceil(site.drain.timeoutMs / 1000));

/** PHP-FPM clears the environment of its children, HOME too. */
const environmentOf = (site: Site, paths: SitePaths): ReadonlyMap<string, string> =>
  new Map([...(site.environment.has('HOME') ? [] : [['HOME', homeOf(site, paths)] as const]), ...site.env]);

const poolLines = (site: Site, paths: SitePaths): readonly string[] => {
  const defaults = new Map([
    ['catch_workers_output', ['yes']],
    ['decorate_workers_output', ['no']],
    ...sessionLines(site, paths),
    // FPM's environment has nothing to hide from PHP: it is what the unit's environment file says.
    ...(site.environmentFile === undefined ? [] : [['clear_env', ['no']] as const]),
  ]);
  return linesOf(withOwnPlaces(new Map([...defaults, ...site.pool]), paths));
};

/**
 * Debian's default directory is shared by all users of the host (facts.md M5). Debian's cleaning of sessions finds neither ours nor
 * one of the site file, so that PHP cleans them, unless the operator has another way.
 */
const sessionLines = (
  { user, php: { ini, sessionsBy } }: Site,
  paths: SitePaths,
): readonly (readonly [string, readonly string[]])[] => [
  ...(sessionsBy === 'nobody' ? [['php_value[session.save_path]', [paths.sessions(user)]] as const] : []),
  ...(sessionsBy === 'host' || ini.has('session.gc_probability')
    ? []
    : [['php_value[session.gc_probability]', ['1']] as const]),
];

/** Where the scripts of replica-scripts.ts lie, and what the drill's notes: within any open_basedir, or PHP would not run them. */
const withOwnPlaces = (lines: Lines, { phpIni, ownNotes }: SitePaths): Lines =>
  new Map(
    [...lines].map(([name, values]) => [
      name,
      /(^|\[)open_basedir\]?$/.test(name)
        ? values.map(value => (value === '' ? value : [value, `${phpIni}/`, `${ownNotes}/`].join(':')))
        : values,
    ]),
  );

const linesOf = (lines: Lines): readonly string[] =>
  [...lines].flatMap(([name, values]) => values.map(value => `${name} = ${plainOrQuoted(name, value)}`));

/**
 * A value quoted for php-fpm.conf, which FPM reads as php.ini: single quotes are verbatim, double quotes know escapes and
 * `\${NAME}`.
 */
const quoteIniValue = (value: string): string =>
  value.includes("'") ? `"${value.replace(/["\\]/g, '\\$&')}"` : `'${value}'`;

/**
 * What PHP logs goes to the web server beside the answer, for its log. HAProxy throws it away, and much of it takes the answer along
 * (facts.md N60): where HAProxy makes HTTP of the answers, PHP says it to the journal.
 */
export const logsBesideAnswers = ({ listen, web }: Pick<Site, 'listen' | 'web'>): boolean =>
  listen.http === undefined || web.server !== undefined;

/** The site's own php.ini lines. PHP reads them after the host's. */
export const renderPhpIni = (site: Site, { paths, program }: RenderContext): string => {
  const { ini, hostBasedir, hasSendmailPath } = site.php;
  const all: Lines = new Map([
    ...(hostBasedir === undefined ? [] : [['open_basedir', [hostBasedir]] as const]),
    ...(hasSendmailPath ? [] : [['sendmail_path', [`/usr/bin/perl ${dirname(program)}/sendmail.pl -t -i`]] as const]),
    ...(logsBesideAnswers(site) ? [] : [['fastcgi.logging', ['0']] as const]),
    // An empty one is how a site does without that of the host.
    ...[...ini].filter(([name]) => name !== 'sendmail_path' || hasSendmailPath),
  ]);
  return `${renderHeader(site, ';')}${linesOf(withOwnPlaces(all, paths))
    .map(line => `${line}\n`)
    .join('')}`;
};

const plainOrQuoted = (name: string, value: string): string => {
  const setting = /\[(.+)\]$/.exec(name)?.[1] ?? name;
  return isBareInFpm(value) && !isTextOnly(setting) ? value : quoteIniValue(value);
};
