import type { Machine } from '../lab/machine.ts';
import type { Host } from './run.ts';

const VERSIONS: Readonly<Record<string, string>> = {
  'php-zd': 'php-zd --version',
  Debian: 'cat /etc/debian_version',
  Linux: 'uname -r',
  systemd: "systemctl --version | sed -n '1s/systemd \\([^ ]*\\).*/\\1/p'",
  PHP: 'php -r "echo PHP_VERSION;"',
  HAProxy: "haproxy -v | sed -n '1s/HAProxy version \\([^ ]*\\).*/\\1/p'",
  nginx: "nginx -v 2>&1 | sed 's|.*/||'",
  Apache: "apache2 -v | sed -n '1s|.*Apache/\\([^ ]*\\).*|\\1|p'",
  'Node.js': 'node --version',
  processors: 'nproc',
};

/** When it is, and what is installed there. */
export const describeHost = async (machine: Machine): Promise<Host> => {
  const versions = Object.entries(VERSIONS).map(async ([what, command]) => [
    what,
    (await machine.run('bash', '-ec', command)).trim(),
  ]);
  return { date: new Date().toISOString().slice(0, 10), versions: Object.fromEntries(await Promise.all(versions)) };
};
