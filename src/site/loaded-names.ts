/**
 * What the loader, the C library, the service manager or PHP itself takes from its environment: from a file that an application
 * may write, or from a line that was copied, such a variable changes which code a process runs or whom it reports to. The first
 * are those that glibc drops for programs with more rights than their caller's (its sysdeps/generic/unsecvars.h), but for those
 * that applications set in earnest.
 */
const names: ReadonlySet<string> = new Set([
  ...['GCONV_PATH', 'GETCONF_DIR', 'GLIBC_TUNABLES', 'HOSTALIASES', 'LOCPATH', 'MALLOC_TRACE', 'NIS_PATH', 'NLSPATH'],
  ...['RESOLV_HOST_CONF', 'BASH_ENV'],
  ...['NOTIFY_SOCKET', 'WATCHDOG_PID', 'WATCHDOG_USEC', 'MAINPID', 'CREDENTIALS_DIRECTORY'],
  ...['PHPRC', 'PHP_INI_SCAN_DIR', 'FPM_SOCKETS'],
  // The shell that starts php-fpm takes it for a number of its own.
  'OPTIND',
]);
const beginnings = ['LD_', 'LISTEN_', 'PHP_ZD_'];

/** Why no variable of a site has this name; undefined for any other. */
export const loadedNameProblem = (name: string): string | undefined =>
  names.has(name) || beginnings.some(beginning => name.startsWith(beginning))
    ? `sets '${name}', which is not for the application but for what starts it: remove the line`
    : undefined;
