import { expect, test } from 'vitest';
import { formatProblem, parseSite } from '../../src/site/parse.ts';
import { missingWhereSilent } from '../../src/site/silent.ts';
import { hostOf, shopHost } from './host.ts';

const DEAD = ['current', 'releases', 'var', 'home', 'env', 'php-fpm8.2', 'hook'].map(name => `/mnt/dead/${name}`);

/** All of it is there, and nobody can tell. */
const host = missingWhereSilent(
  hostOf({
    ...shopHost,
    files: [...shopHost.files, ...DEAD],
    executables: DEAD,
    directories: { ...shopHost.directories, ...Object.fromEntries(DEAD.map(path => [path, path])) },
    silent: Object.fromEntries(DEAD.map(path => [path, '/mnt/dead'])),
  }),
);
const shop = '[site]\nrelease = /srv/shop/current\nuser = shop\n';

test.each<[string, string, string]>([
  ['release', '[site]\nrelease = /mnt/dead/current\nuser = shop\n', "2: 'release'"],
  ['releases', `${shop}releases = /mnt/dead/releases\n`, "4: 'releases'"],
  ['home', `${shop}home = /mnt/dead/home\n`, "4: 'home'"],
  ['environment_file', `${shop}environment_file = /mnt/dead/env\n`, "4: 'environment_file'"],
  ['[shared]', `${shop}[shared]\nvar = /mnt/dead/var\n`, "5: 'var' in [shared]"],
  ['[writable]', `${shop}[writable]\n/mnt/dead/var = yes\n`, "5: '/mnt/dead/var' in [writable]"],
  ['binary', `${shop}[php]\nbinary = /mnt/dead/php-fpm8.2\n`, "5: 'binary'"],
  ['a hook', `${shop}[hooks]\nafter_roll = /mnt/dead/hook\n`, "5: 'after_roll'"],
])('%s in a file system that does not answer is named with that, and not as missing', (_, text, place) => {
  const parsed = parseSite({ name: 'shop', file: 'shop.ini', text, defaults: undefined, host });
  const problems = 'problems' in parsed ? parsed.problems.map(formatProblem) : [];
  expect(problems).toEqual([
    `shop.ini:${place} leads into the file system at '/mnt/dead', which does not answer: bring it back, or name a path elsewhere`,
  ]);
});

const closed =
  'leads where php-zd may not look (EACCES): run it as root, or, where that is kept out too, as by NFS with root_squash, let others in with ' +
  'chmod o+rx for each directory of the way, or name a path elsewhere';

test.each([
  ['/mnt/nfs/current', '/etc/shop/env', `2: 'release' ${closed}`],
  ['/srv/shop/current', '/mnt/nfs/env', `4: 'environment_file' ${closed}`],
])('%s and %s: what php-zd may not look at is named with that, and not as missing', (release, file, said) => {
  const text = `[site]\nrelease = ${release}\nuser = shop\nenvironment_file = ${file}\n`;
  const host = hostOf({ ...shopHost, closed: ['/mnt/nfs/current', '/mnt/nfs/env'] });
  const parsed = parseSite({ name: 'shop', file: 'shop.ini', text, defaults: undefined, host });
  expect('problems' in parsed ? parsed.problems.map(formatProblem) : []).toEqual([`shop.ini:${said}`]);
});
