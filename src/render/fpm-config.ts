import { FPM_PING_PATH, FPM_STATUS_PATH } from '../base/fpm-paths.ts';
import type { Site } from '../site/site.ts';
import { type RenderContext, renderHeader } from './generated.ts';

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
${poolLines(site, paths.sessions(site.user)).join('\n')}
${[...site.env].map(([name, value]) => `env[${name}] = ${quoteIniValue(value)}\n`).join('')}`;

/** process_control_timeout, in FPM's whole seconds: as long as a drain may take. */
export const processControlTimeoutS = (site: Site): number => Math.max(1, Math.ceil(site.drain.timeoutMs / 1000));

const poolLines = (site: Site, sessions: string): readonly string[] => {
  const defaults = new Map([
    ['catch_workers_output', 'yes'],
    ['decorate_workers_output', 'no'],
    // Debian's default directory is shared by all users of the host, and Debian's cleaning of sessions does not reach this one
    // (facts.md M5).
    ['php_value[session.save_path]', sessions],
    ['php_value[session.gc_probability]', '1'],
    // FPM's environment has nothing to hide from PHP: it is what the unit's environment file says.
    ...(site.environmentFile === undefined ? [] : [['clear_env', 'no'] as const]),
  ]);
  return [...new Map([...defaults, ...site.pool])].map(([name, value]) => `${name} = ${plainOrQuoted(value)}`);
};

/**
 * A value quoted for php-fpm.conf, which FPM reads as php.ini: single quotes are verbatim, double quotes know escapes and
 * `\${NAME}`.
 */
const quoteIniValue = (value: string): string =>
  value.includes("'") ? `"${value.replace(/["\\]/g, '\\$&')}"` : `'${value}'`;

/** The site's own php.ini lines. PHP reads them after the host's. */
export const renderPhpIni = (site: Site): string =>
  `${renderHeader(site, ';')}${[...site.php.ini].map(([name, value]) => `${name} = ${plainOrQuoted(value)}\n`).join('')}`;

/** Numbers, flags and expressions such as `E_ALL & ~E_NOTICE` stay bare: in quotes they would be texts. */
const plainOrQuoted = (value: string): string => (/^[\w.,:/ &|~^-]*$/.test(value) ? value : quoteIniValue(value));
