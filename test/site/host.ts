import type { DirectoryRights, Host, HostUser, PathRights } from '../../src/site/host.ts';

interface FakeHost {
  /** A home is /home and the name, where none is given. */
  readonly users: Readonly<Record<string, Omit<HostUser, 'home'> & Partial<HostUser>>>;
  readonly groups: Readonly<Record<string, { readonly gid: number }>>;
  readonly php: readonly { readonly binary: string; readonly version: string }[];
  readonly files: readonly string[];
  /** Directory -> where it leads, itself when it is no link. */
  readonly directories: Readonly<Record<string, string>>;
  /** What stands in php.ini and in the files beside it. */
  readonly phpIni?: Readonly<Record<string, string>>;
  /** Packages that can be installed; all where that is left out. */
  readonly packages?: readonly string[];
  /** Where PHP's extensions are. */
  readonly extensions?: string;
  /** Path that leads to a directory with an odd name -> the character. */
  readonly unseen?: Readonly<Record<string, string>>;
  /** Files and directories that are not root's. */
  readonly owners?: Readonly<Record<string, number>>;
  /** Directories that are not 0755 and root's. */
  /** What is on the way of a path; each file is root's, and everybody's to read, unless it is named here. */
  readonly steps?: Readonly<Record<string, PathRights>>;
  readonly rights?: Readonly<Record<string, DirectoryRights>>;
  /** Programs beside PHP-FPM. */
  readonly executables?: readonly string[];
  /** Paths at which nobody lets php-zd look. */
  readonly closed?: readonly string[];
  /** Paths whose file system does not answer -> its mount point. */
  readonly silent?: Readonly<Record<string, string>>;
}

/** A host with one PHP, a user `shop`, and a release 42 that /srv/shop/current names. */
export const shopHost: FakeHost = {
  users: {
    root: { uid: 0, gid: 0, group: 'root' },
    shop: { uid: 1001, gid: 1001, group: 'shop' },
    nginx: { uid: 102, gid: 103, group: 'nginx' },
  },
  groups: {
    root: { gid: 0 },
    'php-zd-haproxy': { gid: 995 },
    shop: { gid: 1001 },
    'www-data': { gid: 33 },
    nginx: { gid: 103 },
  },
  php: [{ binary: '/usr/sbin/php-fpm8.2', version: '8.2' }],
  files: [
    '/srv/shop/releases/42/public/index.php',
    '/srv/shop/releases/42/app.php',
    '/etc/shop/env',
    '/srv/shop/shared/.env',
  ],
  directories: {
    '/': '/',
    '/srv': '/srv',
    '/srv/shop': '/srv/shop',
    '/srv/shop/current': '/srv/shop/releases/42',
    '/srv/shop/releases': '/srv/shop/releases',
    '/srv/shop/releases/42': '/srv/shop/releases/42',
    '/srv/shop/shared/storage': '/srv/shop/shared/storage',
    '/srv/empty': '/srv/empty',
    '/usr/share/shop': '/usr/share/shop',
  },
};

export const hostOf = (fake: FakeHost): Host => ({
  user: name => {
    const user = get(fake.users, name);
    return user && { home: `/home/${name}`, ...user };
  },
  userName: uid => Object.entries(fake.users).find(([, user]) => user.uid === uid)?.[0],
  group: name => get(fake.groups, name),
  phpBinaries: () => fake.php,
  phpVersion: binary => fake.php.find(php => php.binary === binary)?.version ?? /php-fpm(7\.4)$/.exec(binary)?.[1],
  phpIniFiles: () => Object.entries(fake.phpIni ?? {}).map(([file, text]) => ({ file, text })),
  isExecutable: path =>
    path.startsWith('/usr/sbin/php-fpm') || path === '/bin/true' || fake.executables?.includes(path) === true,
  resolveDirectory: path => get(fake.directories, path),
  unseenIn: path => get(fake.unseen ?? {}, path),
  isClosed: path => fake.closed?.includes(path) === true,
  phpExtensions: () => fake.extensions,
  installable: packages => packages.filter(name => fake.packages?.includes(name) ?? true),
  isFile: path => fake.files.includes(path),
  isDirectory: path => get(fake.directories, path) !== undefined,
  ownerOf: path => get(fake.owners ?? {}, path) ?? 0,
  changedAt: () => undefined,
  stepsTo: paths =>
    paths.map(path => get(fake.steps ?? {}, path) ?? { path, mode: 0o644, uid: 0, gid: 0, isDirectory: false }),
  rightsTo: path =>
    get(fake.rights ?? {}, path) ??
    (get(fake.directories, path) === undefined
      ? undefined
      : { mode: 0o755, uid: get(fake.owners ?? {}, path) ?? 0, gid: 0 }),
  silentOn: path => get(fake.silent ?? {}, path),
});

const get = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;
