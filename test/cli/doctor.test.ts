import { beforeEach, expect, test } from 'vitest';
import { PhpZdError } from '../../src/base/errors.ts';
import { Exit } from '../../src/cli/context.ts';
import { checkNames } from '../../src/run/doctor/doctor.ts';
import { Clinic } from '../run/doctor/clinic.ts';
import { Typist } from './typist.ts';

const UNSERVED =
  'note (web-server): shop: no web server that runs (nginx, apache2, caddy, lighttpd) names ' +
  '/run/php-zd/shop/fastcgi.sock in its configuration.\n' +
  '    Fix: see "php-zd snippet shop nginx", unless another program connects there.\n';
const UNKNOWN =
  "php-zd: there is no site 'nope': /etc/php-zd/sites/nope.ini does not exist.\n" +
  'See those that are there with "php-zd list", or write it with "php-zd init nope".\n';

/** A host on which all is well, and whoever types there. */
let clinic: Clinic;
let typist: Typist;

beforeEach(async () => {
  clinic = await Clinic.open();
  typist = new Typist(clinic.world);
  typist.ports = clinic.ports;
});

test('a host on which all is well has at most a note, and is status 0', async () => {
  const { exit, out, err } = await typist.type('doctor shop');
  expect({ exit, err }).toEqual({ exit: Exit.done, err: '' });
  expect(out).toBe(`${UNSERVED}${checkNames.length} checks made: 0 problems, 0 warnings, 1 note.\n`);
});

test('a problem is said with its fix, before the notes, and is status 1', async () => {
  clinic.node = '18.17.9';
  const { exit, out } = await typist.type('doctor shop');
  expect(exit).toBe(Exit.failed);
  expect(out).toBe(
    'problem (node-version): Node.js 18.17 is too old: php-zd needs 18.18 or later.\n' +
      `    Fix: upgrade the host to Debian 12 or later, or take the nodejs package of that.\n${UNSERVED}` +
      `${checkNames.length} checks made: 1 problem, 0 warnings, 1 note.\n`,
  );
});

test('a warning alone is status 0', async () => {
  clinic.world.systemd.set('php-zd-haproxy.service', { mainPid: 77 });
  await clinic.world.files.makeDirectory('/proc/77');
  const line = '7f00-7f01 r-xp 00000000 08:01 42                 /usr/lib/x86_64-linux-gnu/liblua5.3.so.0 (deleted)\n';
  await clinic.world.files.write('/proc/77/maps', line);
  const { exit, out } = await typist.type('doctor shop');
  expect(exit).toBe(Exit.done);
  expect(out.startsWith('warning (balancer-upgraded): ')).toBe(true);
});

test('a check that could not be made may hide a problem, and is status 1', async () => {
  clinic.world.commands.programs.set('find', () => ({ status: 1, output: 'killed' }));
  const { exit, out } = await typist.type('doctor shop');
  expect(exit).toBe(Exit.failed);
  expect(out).toBe(
    `${UNSERVED}not checked (links): shop: 'find /srv/shop/releases/41 -ignore_readdir_race -xdev -type l -printf %H\\0%P\\0%l\\0' failed (1): killed.\n` +
      `${checkNames.length - 1} checks made: 0 problems, 0 warnings, 1 note; 1 check could not be made.\n`,
  );
});

test('a site file that cannot be read is a finding of its own site, and every other site is looked at', async () => {
  const { files } = clinic.world;
  await files.makeDirectory('/etc/php-zd/sites/blog.ini');
  await files.link('/etc/php-zd/sites/loop.ini', 'loop.ini');
  const { exit, out, err } = await typist.type('doctor');
  expect({ exit, err }).toEqual({ exit: Exit.failed, err: '' });
  expect(out).toContain(
    'blog: the site file has problems, and every roll is refused: /etc/php-zd/sites/blog.ini:1: it is a directory.',
  );
  expect(out).toContain('/etc/php-zd/sites/loop.ini:1: a link on the way leads in a circle');
  expect(out).toContain(UNSERVED);
});

test('a site file that its caller may not read keeps no other site from being looked at', async () => {
  const path = '/etc/php-zd/sites/blog.ini';
  const { files } = clinic.world;
  await files.write(path, '');
  const read = files.read.bind(files);
  files.read = async (from, most) => {
    if (from === path) throw new PhpZdError('file-system', { path, errno: 'EACCES' });
    return await read(from, most);
  };
  typist.ports = { ...clinic.ports, isRoot: false };
  const { exit, out } = await typist.type('doctor');
  expect(exit).toBe(Exit.failed);
  const DENIED = 'blog: /etc/php-zd/sites/blog.ini: permission denied; run it as root.';
  expect(out.split('\n').filter(line => line.startsWith('not checked (site-file'))).toEqual([
    expect.stringContaining(DENIED),
  ]);
});

test('a broken site file is a problem, and what it keeps from being checked is named', async () => {
  await clinic.world.writeSite('[site]\nrelease = /srv/shop/current\nuser = shop\nreplica = 1\n[php]\nversion = 8.2\n');
  const { exit, out } = await typist.type('doctor shop');
  expect(exit).toBe(Exit.failed);
  expect(out).toContain(
    'problem (site-file): shop: the site file has problems, and every roll is refused: ' +
      "/etc/php-zd/sites/shop.ini:4: unknown key 'replica' in [site]; did you mean 'replicas'?.\n" +
      '    Fix: put them right, then php-zd check shop.\n',
  );
  expect(out).toMatch(/^not checked \(site-warnings, .*\): shop: the site file of 'shop' has problems\.$/m);
});

test('without a name all sites are looked at', async () => {
  await typist.addBlog();
  const { out } = await typist.type('doctor');
  expect(out).toMatch(/^note \(web-server\): blog: /m);
  expect(out).toMatch(/^note \(web-server\): shop: /m);
});

test('a site that there is not is status 4, and the host and the others are looked at', async () => {
  const { exit, out, err } = await typist.type('doctor nope shop');
  expect({ exit, err }).toEqual({ exit: Exit.noSuchSite, err: UNKNOWN });
  expect(out).toBe(`${UNSERVED}${checkNames.length} checks made: 0 problems, 0 warnings, 1 note.\n`);
});

test('with --json the findings are data, with their words', async () => {
  clinic.node = '18.17.9';
  clinic.world.commands.programs.set('haproxy', () => ({ status: 1, output: 'killed' }));
  const { exit, out } = await typist.type('doctor shop --json');
  expect(exit).toBe(Exit.failed);
  const { findings, unmade, made } = JSON.parse(out);
  expect(findings[0]).toEqual({
    check: 'node-version',
    severity: 'problem',
    facts: { version: '18.17' },
    found: 'Node.js 18.17 is too old: php-zd needs 18.18 or later',
    fix: 'upgrade the host to Debian 12 or later, or take the nodejs package of that',
    steps: { first: 'upgrade the host to Debian 12 or later, or take the nodejs package of that' },
  });
  expect(unmade).toContainEqual({ check: 'haproxy-version', reason: "'haproxy -vv' failed (1): killed" });
  expect(made).toBeGreaterThan(30);
});
