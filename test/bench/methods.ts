import { readFile } from 'node:fs/promises';
import type { Machine } from '../lab/machine.ts';

/** A way to restart PHP under a web server. Its commands are the shell's, in the machine. */
export interface Method {
  readonly name: string;
  readonly port: number;
  readonly start: string;
  readonly restart: string;
  readonly stop: string;
}

const SITES = [
  { site: 'inplace', name: 'php-zd, surge 0', way: 'surge = 0' },
  { site: 'surge', name: 'php-zd, surge 1', way: 'surge = 1' },
  { site: 'bluegreen', name: 'php-zd, blue-green', way: 'strategy = blue-green' },
] as const;

/** Has a file for each request that has done its work after the answer. */
export const DONE = '/srv/bench/done';
const NGINX_PORT = 8010;
const HTTP_PORT = 8020;

const debians = (name: string, restart: string, timeout: string): Method => ({
  name,
  port: 8001,
  start: `sed -i 's/.*process_control_timeout *=.*/process_control_timeout = ${timeout}/' /etc/php/*/fpm/php-fpm.conf; systemctl start "$fpm"`,
  restart,
  stop: 'systemctl stop "$fpm"',
});

/** The first is what the others are compared with. */
export const METHODS: readonly Method[] = [
  debians('restart of php-fpm', 'systemctl restart "$fpm"', '0'),
  debians('reload, timeout 0', 'systemctl reload "$fpm"', '0'),
  debians('reload, timeout 30 s', 'systemctl reload "$fpm"', '30s'),
  {
    name: 'two pools, Apache',
    port: 8002,
    start: 'systemctl start bench-fpm@1 bench-fpm@2 apache2',
    restart: 'bash /etc/bench/drain-in-turn.sh',
    stop: 'systemctl stop apache2 bench-fpm@1 bench-fpm@2',
  },
  ...SITES.map(({ site, name }, index) => rolled(name, site, NGINX_PORT + index)),
  ...SITES.map(({ site, name }, index) => rolled(`${name}, HTTP`, site, HTTP_PORT + index)),
];

function rolled(name: string, site: string, port: number): Method {
  const unit = `php-zd@${site}`;
  return {
    name,
    port,
    start: `systemctl start ${unit}`,
    restart: `systemctl reload ${unit}`,
    stop: `systemctl stop ${unit}`,
  };
}

/** A command of a method's, in a shell that knows the unit of Debian's PHP-FPM. */
export const inShell = async (machine: Machine, command: string): Promise<void> => {
  await machine.run('bash', '-ec', `fpm=php$(ls /etc/php)-fpm; ${command}`);
};

/** Makes one application, and all that each method needs to serve it with sixteen PHP processes; nothing of it runs. */
export const setUp = async (machine: Machine): Promise<void> => {
  const php = (await machine.run('ls', '/etc/php')).trim();
  await machine.write('/srv/bench/releases/1/public/index.php', await fileOf('index.php'));
  await machine.run('ln', '--symbolic', 'releases/1', '/srv/bench/current');
  await machine.run('useradd', '--system', 'bench');
  await machine.write('/etc/systemd/system/bench-fpm@.service', fill(await fileOf('bench-fpm@.service'), { PHP: php }));
  for (const pool of ['1', '2']) {
    await machine.write(`/etc/bench/${pool}.conf`, fill(await fileOf('pool.conf'), { POOL: pool }));
  }
  await machine.write('/etc/bench/drain-in-turn.sh', await fileOf('drain-in-turn.sh'));
  await machine.write('/etc/apache2/sites-enabled/bench.conf', await fileOf('apache.conf'));
  await writeFronts(machine);
  await machine.run('bash', '-ec', SET_UP);
};

const writeFronts = async (machine: Machine): Promise<void> => {
  const nginx = await fileOf('nginx.conf');
  const ini = await fileOf('site.ini');
  const front = (port: number, socket: string, root: string) =>
    machine.write(`/etc/nginx/sites-enabled/${port}`, fill(nginx, { PORT: String(port), SOCKET: socket, ROOT: root }));
  await front(8001, '/run/php/php-fpm.sock', '/srv/bench/current');
  for (const [index, { site, way }] of SITES.entries()) {
    await front(NGINX_PORT + index, `/run/php-zd/${site}/fastcgi.sock`, `/srv/bench/releases/.${site}.live`);
    const text = fill(ini, { WAY: way, PORT: String(HTTP_PORT + index) });
    await machine.write(`/etc/php-zd/sites/${site}.ini`, text);
  }
};

const SET_UP = `
install -d -m 1777 ${DONE}
rm -f /etc/nginx/sites-enabled/default /etc/apache2/sites-enabled/000-default.conf
: >/etc/apache2/ports.conf
a2enmod --quiet proxy proxy_fcgi proxy_balancer lbmethod_bybusyness slotmem_shm >/dev/null
sed -i 's/^pm = .*/pm = static/; s/^pm.max_children = .*/pm.max_children = 16/' /etc/php/*/fpm/pool.d/www.conf
systemctl daemon-reload
systemctl restart nginx
`;

const fileOf = (name: string): Promise<string> => readFile(new URL(`files/${name}`, import.meta.url), 'utf8');

/** Puts values in the places of @NAME@. */
const fill = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replaceAll(/@([A-Z]+)@/g, (place, name) => values[name] ?? place);
