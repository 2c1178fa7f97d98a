import { expect, test } from 'vitest';
import { directives, poolDirectives, whyOwned } from '../../src/site/pool-directives.ts';

/**
 * The names of the option tables of php-fpm, as they stand between two zero bytes in /usr/sbin/php-fpm8.2 and 8.4 of Debian 12 and
 * 13, and those that the linker has merged with the end of another string or that only another system has.
 */
const KNOWN = `
access.format access.log access.suppress_path apparmor_hat catch_workers_output chdir chroot clear_env
decorate_workers_output emergency_restart_interval emergency_restart_threshold error_log events.mechanism listen.acl_groups
listen.acl_users listen.allowed_clients listen.backlog listen.group listen.mode listen.owner log_buffering log_level log_limit
php_admin_flag php_admin_value php_value ping.path ping.response pm pm.max_children pm.max_requests pm.max_spare_servers
pm.max_spawn_rate pm.min_spare_servers pm.process_idle_timeout pm.start_servers pm.status_listen pm.status_path process.dumpable
process.max process.priority process_control_timeout request_slowlog_timeout request_slowlog_trace_depth
request_terminate_timeout request_terminate_timeout_track_finished rlimit_core rlimit_files security.limit_extensions slowlog
syslog.facility syslog.ident systemd_interval
daemonize env group include listen listen.setfib php_flag pid prefix user`
  .trim()
  .split(/\s+/);

test('every directive that php-fpm knows has its fate, and no other', () => {
  expect(Object.keys(directives).sort()).toEqual([...KNOWN].sort());
});

test("a directive is the operator's to write, or refused with a reason", () => {
  const written = poolDirectives.map(each => each.replace(/\[.*/, ''));
  for (const name of KNOWN) expect([name, written.includes(name)]).toEqual([name, whyOwned(name) === undefined]);
});
