/**
 * The directives of a pool in PHP-FPM 8.2 to 8.4 (php-src, sapi/fpm/fpm/fpm_conf.c, ini_fpm_pool_options and
 * fpm_conf_ini_parser_array; held against the binaries of Debian 12 and 13) that an operator may set.
 */
export const poolDirectives: readonly string[] = [
  'access.format',
  'access.log',
  'access.suppress_path[]',
  'apparmor_hat',
  'catch_workers_output',
  'clear_env',
  'decorate_workers_output',
  'pm',
  'pm.max_children',
  'pm.max_requests',
  'pm.max_spare_servers',
  'pm.max_spawn_rate',
  'pm.min_spare_servers',
  'pm.process_idle_timeout',
  'pm.start_servers',
  'process.dumpable',
  'process.priority',
  'request_slowlog_timeout',
  'request_slowlog_trace_depth',
  'request_terminate_timeout',
  'request_terminate_timeout_track_finished',
  'rlimit_core',
  'rlimit_files',
  'security.limit_extensions',
  'slowlog',
];

/** Directives that take a name between brackets. */
export const poolMaps: readonly string[] = ['php_admin_flag', 'php_admin_value', 'php_flag', 'php_value'];

/**
 * Why php-zd sets a directive itself, and what to write instead. The directive is named without the brackets of a map.
 * Undefined for a directive that php-zd leaves to the operator.
 */
export const whyOwned = (directive: string): string | undefined => {
  const reason = owned.get(directive);
  if (reason !== undefined) return `php-zd sets '${directive}' itself: ${reason}`;
  if (directive.startsWith('listen.')) return `php-zd sets '${directive}' itself: ${whoConnects}`;
  if (globalDirectives.has(directive)) {
    return `'${directive}' is not for a pool: it belongs in php-fpm's [global] section, which php-zd writes itself`;
  }
  return undefined;
};

const whoConnects = 'the web server connects to the balancer; write owner, group and mode in [listen]';
const proving = 'it asks every replica there how it is; take the line out';

const owned: ReadonlyMap<string, string> = new Map([
  ['listen', 'every replica has a socket of its own; write fastcgi in [listen] for the one of the web server'],
  ['listen.backlog', 'requests wait in the balancer, not in front of php-fpm; write queue_timeout in [listen]'],
  ['user', 'php-fpm runs as the user of the site from its start; write user in [site]'],
  ['group', 'php-fpm runs as the group of the site from its start; write group in [site]'],
  ['prefix', 'paths of a replica begin at its release; write absolute paths instead'],
  ['chroot', 'a replica has a view of its own of the file system; take the line out'],
  ['chdir', 'a replica works in its release; write mount in [site]'],
  ['pm.status_path', proving],
  ['pm.status_listen', proving],
  ['ping.path', proving],
  ['ping.response', proving],
  ['env', 'write NAME = VALUE in [env]'],
]);

/**
 * The directives of php-fpm's [global] section that a pool does not have: php-src, sapi/fpm/fpm/fpm_conf.c,
 * ini_fpm_global_options.
 */
const globalDirectives: ReadonlySet<string> = new Set([
  'daemonize',
  'emergency_restart_interval',
  'emergency_restart_threshold',
  'error_log',
  'events.mechanism',
  'include',
  'log_buffering',
  'log_level',
  'log_limit',
  'pid',
  'process.max',
  'process_control_timeout',
  'syslog.facility',
  'syslog.ident',
  'systemd_interval',
]);
