/** Directories that many have things in: nothing of theirs, and not they themselves, is one site's own. */
const COMMON: ReadonlySet<string> = new Set([
  ...[
    '/',
    '/etc',
    '/home',
    '/media',
    '/mnt',
    '/opt',
    '/root',
    '/run',
    '/srv',
    '/tmp',
    '/usr',
    '/usr/local',
    '/usr/share',
  ],
  ...['/var', '/var/cache', '/var/lib', '/var/lib/php', '/var/lib/php/session', '/var/lib/php/sessions'],
  ...['/var/lib/php/wsdlcache', '/var/log', '/var/run', '/var/tmp', '/var/www'],
]);

export const isCommonDirectory = (directory: string): boolean => COMMON.has(directory);
