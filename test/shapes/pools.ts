import type { Machine, Suite } from '../lab/machine.ts';
import { type Shape, siteFileOf } from './shapes.ts';

/** What is on the host of somebody who has PHP-FPM and nginx already. */
export interface Pool {
  /** The lines of the pool after user, group and listen. */
  readonly lines: string;
  readonly group?: string;
  /** The lines of the server block before the location of PHP. */
  readonly server: string;
  /** Lines of that location. */
  readonly php?: string;
}

const VERSIONS: { readonly [Name in Suite]: string } = { bookworm: '8.2', trixie: '8.4' };

const poolFile = ({ name }: Shape, suite: Suite): string => `/etc/php/${VERSIONS[suite]}/fpm/pool.d/${name}.conf`;
const nginxFile = ({ name }: Shape): string => `/etc/nginx/sites-available/${name}`;
/** Where the site answers until php-zd has it. */
export const FORMER_PORT = 8079;

/** Debian's own PHP-FPM and nginx serve the sites. */
export const serveBefore = async (machine: Machine, shapes: readonly Shape[]): Promise<void> => {
  for (const shape of shapes) {
    const { name, user, pool } = shape;
    if (pool === undefined) continue;
    const socket = `/run/php/${name}.sock`;
    await machine.write(
      poolFile(shape, machine.suite),
      `[${name}]\nuser = ${user}\ngroup = ${pool.group ?? user}\nlisten = ${socket}\nlisten.owner = www-data\n` +
        `listen.group = www-data\n${pool.lines}`,
    );
    await machine.write(nginxFile(shape), serverBlock(name, pool, socket));
    await machine.run('ln', '-sfn', nginxFile(shape), `/etc/nginx/sites-enabled/${name}`);
  }
  await machine.run('systemctl', 'restart', `php${VERSIONS[machine.suite]}-fpm`, 'nginx');
};

const serverBlock = (name: string, { server, php = '' }: Pool, socket: string): string => `server {
  listen ${FORMER_PORT};
  server_name ${name}.example.com;
  client_max_body_size 64m;
${server}  location ~ \\.php(/|$) {
    include snippets/fastcgi-php.conf;
${php}    fastcgi_pass unix:${socket};
  }
}
`;

/** The site file by `php-zd init`. The pool and the block are gone then. */
export const adoptShape = async (machine: Machine, shape: Shape, replicas: number): Promise<void> => {
  const [pool, nginx] = [poolFile(shape, machine.suite), nginxFile(shape)];
  const from = ['--from-pool', pool, '--nginx', nginx, '--replicas', String(replicas)];
  const { status, stdout, stderr } = await machine.ask('php-zd', 'init', shape.name, ...from);
  if (status !== 0) throw new Error(`init of ${shape.name}: ${status}\n${stdout}${stderr}`);
  await machine.run('rm', pool, `/etc/nginx/sites-enabled/${shape.name}`);
  await machine.run('test', '-s', siteFileOf(shape));
};
