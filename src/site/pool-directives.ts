import { ownValue } from '../base/own.ts';

/**
 * What becomes of each directive that PHP-FPM 8.0 to 8.4 knows (php-src, sapi/fpm/fpm/fpm_conf.c: ini_fpm_global_options,
 * ini_fpm_pool_options and fpm_conf_ini_parser_array; held against the binaries of Debian 12 and 13).
 *
 * - `pool`: the operator's to write in [pool]
 * - `list`: likewise, on as many lines as he likes, each with `[]`
 * - `map`: likewise, with a name between brackets
 * - `unit`: without effect in a FPM that is not root; a setting of the unit does the same
 * - `owned`: php-zd's own, for a reason that says what to write instead
 * - `global`: not for a pool; php-zd writes that section
 */
type Fate =
  | { readonly kind: 'pool' | 'list' | 'map' | 'global' }
  | { readonly kind: 'unit'; readonly setting: string }
  | { readonly kind: 'owned'; readonly reason: string };

const pool: Fate = { kind: 'pool' };
const list: Fate = { kind: 'list' };
const map: Fate = { kind: 'map' };
const global: Fate = { kind: 'global' };
const unit = (setting: string): Fate => ({ kind: 'unit', setting });
const owned = (reason: string): Fate => ({ kind: 'owned', reason });

const whoConnects = owned('the web server connects to the balancer; write owner, group and mode in [listen]');
const proving = owned('it asks every replica there how it is; take the line out');

export const directives: Readonly<Record<string, Fate>> = {
  'access.format': pool,
  'access.log': pool,
  'access.suppress_path': list,
  apparmor_hat: unit('AppArmorProfile'),
  catch_workers_output: pool,
  chdir: owned('PHP works in the directory of each script; take the line out'),
  chroot: owned('a replica has a view of its own of the file system; take the line out'),
  clear_env: pool,
  decorate_workers_output: pool,
  env: owned('write NAME = VALUE in [env]'),
  group: owned('php-fpm runs as the group of the site from its start; write group in [site]'),
  listen: owned(
    'every replica has a socket of its own; write fastcgi in [listen] for the one of the web server, or http where that is on another host',
  ),
  'listen.acl_groups': whoConnects,
  'listen.acl_users': whoConnects,
  'listen.allowed_clients': whoConnects,
  'listen.backlog': owned('requests wait in the balancer, not in front of php-fpm; write queue_timeout in [listen]'),
  'listen.group': whoConnects,
  'listen.mode': whoConnects,
  'listen.owner': whoConnects,
  'listen.setfib': whoConnects,
  php_admin_flag: map,
  php_admin_value: map,
  php_flag: map,
  php_value: map,
  'ping.path': proving,
  'ping.response': proving,
  pm: pool,
  'pm.max_children': pool,
  'pm.max_requests': pool,
  'pm.max_spare_servers': pool,
  'pm.max_spawn_rate': pool,
  'pm.min_spare_servers': pool,
  'pm.process_idle_timeout': pool,
  'pm.start_servers': pool,
  'pm.status_listen': proving,
  'pm.status_path': proving,
  prefix: owned('paths of a replica begin at its release; write absolute paths instead'),
  'process.dumpable': pool,
  'process.priority': unit('Nice'),
  request_slowlog_timeout: pool,
  request_slowlog_trace_depth: pool,
  request_terminate_timeout: pool,
  request_terminate_timeout_track_finished: pool,
  rlimit_core: pool,
  rlimit_files: pool,
  'security.limit_extensions': pool,
  slowlog: pool,
  user: owned('php-fpm runs as the user of the site from its start; write user in [site]'),

  daemonize: global,
  emergency_restart_interval: global,
  emergency_restart_threshold: global,
  error_log: global,
  'events.mechanism': global,
  include: global,
  log_buffering: global,
  log_level: global,
  log_limit: global,
  pid: global,
  'process.max': global,
  process_control_timeout: global,
  'syslog.facility': global,
  'syslog.ident': global,
  systemd_interval: global,
};

export const fateOf = (directive: string): Fate | undefined => ownValue(directives, directive);

/** The directives that may stand in [pool], as they are written there, with NAME for any name. */
export const poolDirectives: readonly string[] = Object.entries(directives).flatMap(([name, { kind }]) => {
  if (kind === 'map') return `${name}[NAME]`;
  if (kind === 'list') return `${name}[]`;
  return kind === 'pool' || kind === 'unit' ? name : [];
});

/**
 * Why php-zd sets a directive itself, and what to write instead. The directive is named without the brackets of a map.
 * Undefined for a directive that php-zd leaves to the operator.
 */
export const whyOwned = (directive: string): string | undefined => {
  const fate = fateOf(directive);
  if (fate?.kind === 'owned') return `php-zd sets '${directive}' itself: ${fate.reason}`;
  if (fate?.kind !== 'global') return undefined;
  return `'${directive}' is not for a pool: it belongs in php-fpm's [global] section, which php-zd writes itself`;
};

/**
 * Settings of PHP of which each line counts: main.c, php_ini_parser_cb() for php.ini, and fpm_php.c, fpm_php_apply_defines_ex() for
 * a pool.
 */
export const takesEveryLine = (setting: string, where: 'ini' | 'pool'): boolean =>
  (where === 'ini' ? ['extension', 'zend_extension'] : ['extension', 'disable_functions', 'disable_classes']).includes(
    setting,
  );
