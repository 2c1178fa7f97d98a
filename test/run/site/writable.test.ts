import { expect, test } from 'vitest';
import { requireWritable } from '../../../src/run/site/writable.ts';
import { failure } from '../../fakes/failure.ts';
import { release, World } from '../world.ts';

const R = release('42');
const SHOP = 1001;
const DEPLOYER = 1500;
const POOL = '/etc/php/8.2/fpm/pool.d/other.conf';

interface Case {
  readonly unwritable: readonly string[];
  /** Where a path leads, if elsewhere than to itself. */
  readonly leads?: Readonly<Record<string, string>>;
  /** Paths that are not root's. */
  readonly owners?: Readonly<Record<string, number>>;
  /** Directory -> what is in it, and whose. */
  readonly holds?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Other files: path -> text. */
  readonly files?: Readonly<Record<string, string>>;
  /** Directories that are there, but for those that may not be written to. */
  readonly there?: readonly string[];
}

const reasonOf = async ({ unwritable, leads = {}, owners = {}, holds = {}, files = {}, there = [] }: Case) => {
  const { run } = await (await World.serving()).load();
  const site = { ...run.site, writable: ['var/log', 'var/cache'] };
  for (const [path, text] of Object.entries(files)) {
    await run.ports.files.makeDirectory(path.slice(0, path.lastIndexOf('/')));
    await run.ports.files.write(path, text);
  }
  const known = [...unwritable, ...there, '/', '/srv', '/var'];
  const host = {
    ...run.ports.host,
    resolveDirectory: (path: string) =>
      leads[path] ?? (known.includes(path) ? path : run.ports.host.resolveDirectory(path)),
    isDirectory: (path: string) =>
      known.includes(path) || Object.hasOwn(owners, path) || run.ports.host.isDirectory(path),
    ownerOf: (path: string) => owners[path] ?? 0,
  };
  const inside = Object.entries(holds).flatMap(([directory, names]) =>
    Object.entries(names).map(([name, uid]) => [`${directory}/${name}`, { inode: 1n, uid }] as const),
  );
  const real = run.ports.files;
  const disk = {
    read: async (path: string) => await real.read(path),
    list: async (path: string) => (holds[path] ? Object.keys(holds[path]) : await real.list(path)),
    owner: async (path: string) => new Map<string, { inode: bigint; uid: number }>(inside).get(path),
  } as typeof real;
  const commands = { ...run.ports.commands, run: async () => unwritable.map(path => `${path}\0`).join('') };
  const failed = await failure(requireWritable({ site, ports: { ...run.ports, host, commands, files: disk } }, R));
  expect(failed).toMatchObject({
    code: 'release-unfit',
    facts: { path: R, reason: { kind: 'unwritable', user: 'shop' } },
  });
  const { directories, remedies } = (
    failed as unknown as { facts: { reason: { directories: unknown; remedies: unknown } } }
  ).facts.reason;
  return { directories, remedies };
};

const none = (...directories: readonly string[]) => ({ directories, remedies: [] });
const given = (from: number, ...directories: readonly string[]) => ({
  directories: [],
  remedies: [{ kind: 'give', directories, from }],
});
const own = (directory: string, to: string, group: string | null = 'shop') => ({
  directories: [],
  remedies: [{ kind: 'own', directory, own: to, ...(group !== null && { group }) }],
});
const LOG = `${R}/var/log`;
const CACHE = `${R}/var/cache`;
const SHARED = '/var/log/php';

test.each<readonly [string, Case, object]>([
  [
    'a directory of a deploy user is given away as that',
    {
      unwritable: [LOG],
      owners: { [LOG]: DEPLOYER, [`${R}/var`]: DEPLOYER },
      holds: { [LOG]: { a: DEPLOYER, b: SHOP } },
    },
    given(DEPLOYER, LOG),
  ],
  [
    "one beside the releases too, where the release is that user's",
    { unwritable: ['/srv/shop/shared/log'], owners: { '/srv/shop/shared/log': DEPLOYER, [R]: DEPLOYER } },
    given(DEPLOYER, '/srv/shop/shared/log'),
  ],
  [
    "a directory of the user's own is opened by the user",
    { unwritable: [LOG], owners: { [LOG]: SHOP } },
    { directories: [], remedies: [{ kind: 'open', directories: [LOG] }] },
  ],
  [
    "empty ones of root's are given away, where nobody else can put a link on the way",
    { unwritable: [LOG, CACHE], holds: { [LOG]: { '.gitkeep': 0 } } },
    given(0, LOG, CACHE),
  ],
  [
    'each owner has a command of its own',
    { unwritable: [LOG, CACHE], owners: { [CACHE]: DEPLOYER } },
    { directories: [], remedies: [...given(0, LOG).remedies, ...given(DEPLOYER, CACHE).remedies] },
  ],
  ["an empty one of the host's that nobody names is given away", { unwritable: [SHARED] }, given(0, SHARED)],
])('%s', async (_, given, expected) => {
  expect(await reasonOf(given)).toEqual(expected);
});

test.each<readonly [string, Case, object]>([
  [
    "a link on the way leads to a directory of root's",
    { unwritable: [LOG], leads: { [LOG]: '/var/log' } },
    none('/var/log'),
  ],
  [
    "a directory of root's lies in one that somebody else may replace by a link",
    { unwritable: [LOG], owners: { [`${R}/var`]: DEPLOYER } },
    none(LOG),
  ],
  ["something of root's is in it", { unwritable: [LOG], holds: { [LOG]: { 'cron.log': 0 } } }, none(LOG)],
  [
    "something of others is in a deploy user's",
    { unwritable: [LOG], owners: { [LOG]: DEPLOYER }, holds: { [LOG]: { x: 33 } } },
    none(LOG),
  ],
  ["its owner is the system's", { unwritable: [LOG], owners: { [LOG]: 33 } }, none(LOG)],
])('nothing is to be typed as root where %s', async (_, given, expected) => {
  expect(await reasonOf(given)).toEqual(expected);
});

test.each<readonly [string, Case, object]>([
  [
    "logs of root's are in it",
    { unwritable: [SHARED], holds: { [SHARED]: { 'b.log': 0 } } },
    own(SHARED, '/var/log/shop'),
  ],
  [
    "directories of the user's are in it",
    {
      unwritable: [SHARED],
      there: [`${SHARED}/data`, `${SHARED}/other`],
      owners: { [`${SHARED}/data`]: SHOP },
      holds: { [SHARED]: { data: SHOP, other: 0, file: SHOP } },
    },
    { directories: [], remedies: [{ kind: 'below', directory: SHARED, below: [`${SHARED}/data`] }] },
  ],
  [
    "it is nginx's cache",
    { unwritable: ['/var/cache/n'], owners: { '/var/cache/n': 33 } },
    own('/var/cache/n', '/var/cache/shop'),
  ],
  ['another site has it', { unwritable: [SHARED], owners: { [SHARED]: 1010 } }, own(SHARED, '/var/log/shop')],
  [
    'a pool has its logs there',
    { unwritable: [SHARED], files: { [POOL]: `[other]\nslowlog = ${SHARED}/$pool.log\n` } },
    own(SHARED, '/var/log/shop'),
  ],
  [
    'another site names it',
    {
      unwritable: [SHARED],
      files: {
        '/etc/php-zd/sites/b.ini': `[site]\nrelease = /srv/shop/current\nuser = nginx\nmount = /srv/b\n[php]\nversion = 8.2\n[writable]\n${SHARED} = yes\n`,
      },
    },
    own(SHARED, '/var/log/shop'),
  ],
  [
    'there is one of its own already',
    { unwritable: [SHARED], owners: { [SHARED]: 33, '/var/log/shop': SHOP }, there: ['/var/log/shop'] },
    own(SHARED, '/var/log/shop', null),
  ],
  [
    "what has the site's name is somebody else's",
    { unwritable: [SHARED], owners: { [SHARED]: 33 }, there: ['/var/log/shop'] },
    own(SHARED, '/var/log/shop-php'),
  ],
])('a directory of its own is advised where %s', async (_, given, expected) => {
  expect(await reasonOf(given)).toEqual(expected);
});
