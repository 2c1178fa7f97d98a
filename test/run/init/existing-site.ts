import { adopt, answersIn } from '../../../src/run/init/adopt.ts';
import { readNginx, readPools } from '../../../src/run/init/existing-files.ts';
import { problemOf } from '../../../src/site/existing/adopted.ts';
import { withConstants } from '../../../src/site/existing/nginx-constants.ts';
import { chooseServer } from '../../../src/site/existing/nginx-servers.ts';
import { textIn } from '../../../src/site/existing/pool-file.ts';
import { parseSite } from '../../../src/site/parse.ts';
import { hostOf } from '../../site/host.ts';
import { World } from '../world.ts';

/** What is on the host of somebody who has PHP-FPM and nginx already. */
export interface ExistingHost {
  readonly pool: string;
  readonly nginx?: string;
  /** Other files: path -> text. */
  readonly files?: Readonly<Record<string, string>>;
  /** Directories -> where they lead. Those of the files need not be named. */
  readonly directories?: Readonly<Record<string, string>>;
  readonly owners?: Readonly<Record<string, number>>;
  /**
   * The links in the release to what its user may write: path -> target, with a d for a directory or an f for a file before it, and an r where
   * the user may only read that.
   */
  readonly links?: Readonly<Record<string, `${'d' | 'f'}${'' | 'r'} ${string}`>>;
  /** Directories outside of the release to which its user may write. */
  readonly places?: readonly string[];
  /** The services that run a php-fpm: unit -> what it was started with, and where its settings stand. */
  readonly services?: Readonly<Record<string, { readonly config: string; readonly settings: readonly string[] }>>;
  /** The file that has the pool. */
  readonly poolFile?: string;
}

export const POOL_FILE = '/etc/php/8.2/fpm/pool.d/shop.conf';
const NGINX_FILE = '/etc/nginx/sites-available/shop';

/** What nginx's own files are for, as far as PHP is concerned. */
const ofNginx: Readonly<Record<string, string>> = {
  '/etc/nginx/fastcgi_params':
    'fastcgi_param QUERY_STRING $query_string;\nfastcgi_param HTTPS $https if_not_empty;\nfastcgi_param HTTP_HOST $host;\n',
  '/etc/nginx/fastcgi.conf': 'fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;\n',
  '/etc/nginx/snippets/fastcgi-php.conf':
    'fastcgi_split_path_info ^(.+?\\.php)(/.*)$;\ntry_files $fastcgi_script_name =404;\nset $path_info $fastcgi_path_info;\n' +
    'fastcgi_param PATH_INFO $path_info;\nfastcgi_index index.php;\ninclude fastcgi.conf;\n',
};

const host = ({ files = {}, directories = {}, owners = {} }: Omit<ExistingHost, 'pool' | 'nginx' | 'links'>) =>
  hostOf({
    users: {
      root: { uid: 0, gid: 0, group: 'root' },
      shop: { uid: 1001, gid: 1001, group: 'shop' },
      'www-data': { uid: 33, gid: 33, group: 'www-data' },
    },
    groups: { shop: { gid: 1001 }, 'www-data': { gid: 33 } },
    php: [{ binary: '/usr/sbin/php-fpm8.2', version: '8.2' }],
    files: Object.keys(files),
    directories: withParents(directories, Object.keys(files)),
    owners,
  });

/** The site that is made of a pool and a server block: its lines, what is said of the others, and what it comes to. */
export const makeFromExisting = async (existing: ExistingHost) => {
  const { pool, nginx, links = {}, places = [], services = {}, poolFile = POOL_FILE } = existing;
  const files = { ...ofNginx, ...existing.files, [poolFile]: pool, ...(nginx && { [NGINX_FILE]: nginx }) };
  const world = new World();
  for (const [path, text] of Object.entries(files)) {
    await world.files.makeDirectory(dirOf(path));
    await world.files.write(path, text);
  }
  const found = Object.entries(links).map(([path, led]) => {
    const [kind = '', target = ''] = led.split(' ');
    return [path, target, kind[0], kind[1] ?? 'w', ''].join('\0');
  });
  world.commands.programs.set('systemd-run', ({ args }) => {
    if (args.some(word => word.endsWith('/look-at-links.sh'))) return found.join('');
    return args.includes('-mindepth') ? places.map(path => `${path}\0`).join('') : '';
  });
  for (const [index, [unit, { config, settings }]] of Object.entries(services).entries()) {
    const [fragmentPath = '', ...dropIns] = settings;
    await world.files.makeDirectory(`/proc/${900 + index}`);
    world.systemd.add(unit, { dropIns });
    world.systemd.set(unit, { activeState: 'active', mainPid: 900 + index, fragmentPath });
    await world.files.write(`/proc/${900 + index}/cmdline`, `php-fpm: master process (${config})\0`);
  }
  const ports = { ...world.ports, host: host({ ...existing, files }) };
  const pools = await readPools(ports, poolFile);
  const [first] = pools?.config.pools ?? [];
  if (pools === undefined || first === undefined) throw new Error('the file has no pool');
  const read = nginx === undefined ? undefined : await readNginx(ports, NGINX_FILE);
  const chosen = read && chooseServer(read.nodes, textIn(first, 'listen'));
  const site = {
    pools,
    pool: first,
    nginx: read && chosen && { ...read, chosen: { ...chosen, server: withConstants(chosen.server) } },
  };
  const { release = '/srv/shop/current', user = 'shop' } = answersIn(ports, site);
  const answers = [
    { section: 'site', key: 'release', value: release },
    { section: 'site', key: 'user', value: user },
    { section: 'site', key: 'replicas', value: '1' },
  ] as const;
  const { text, adopted, unshared, places: former } = await adopt(ports, site, { name: 'shop', release, answers });
  const parse = (text: string) =>
    parseSite({ name: 'shop', file: 'shop.ini', text, defaults: undefined, host: ports.host });
  return {
    text,
    adopted,
    unshared,
    former,
    parse,
    parsed: parse(text),
    lines: text.split('\n').filter(line => line !== '' && !line.startsWith('#')),
    said: adopted.filter(line => line.kind === 'left').map(line => problemOf(line).message),
  };
};

const dirOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
const above = (path: string): readonly string[] => (path === '/' ? [] : [dirOf(path), ...above(dirOf(path))]);

/** With every directory that these, and the files, lie in. */
const withParents = (
  directories: Readonly<Record<string, string>>,
  files: readonly string[],
): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(
    [...Object.values(directories), ...Object.keys(directories), ...files].flatMap(above).map(path => [path, path]),
  ),
  ...Object.fromEntries(Object.values(directories).map(path => [path, path])),
  ...directories,
});
