import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, expect, test } from 'vitest';
import { answeringFiles, answeringHost } from '../../src/adapters/answering.ts';
import { makeFiles } from '../../src/adapters/files.ts';
import { makeHost } from '../../src/adapters/host.ts';
import { findOnWay, parseMounts, readLink } from '../../src/adapters/silent-mounts.ts';

const TABLE = [
  '22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw',
  '30 22 0:26 / /sys rw shared:7 - sysfs sysfs rw',
  '41 22 0:45 / /srv/old rw shared:20 - nfs4 files:/old rw,hard',
  '42 22 0:46 / /mnt/a\\040b rw - fuse.sshfs me@there: rw',
  '43 22 0:47 / /net rw shared:9 - autofs systemd-1 rw,direct',
  '44 43 0:48 / /net rw shared:9 - nfs files:/net rw,hard',
  '45 22 0:49 / /srv/covered rw - cifs //files/x rw',
  '46 45 254:2 / /srv/covered rw - xfs /dev/vdb rw',
  '',
].join('\n');

test('what may not answer is every file system that is none of the host itself, by the place that is seen', () => {
  expect([...parseMounts(TABLE, '')]).toEqual([
    ['/srv/old', { device: '0:45', type: 'nfs4', path: '/srv/old' }],
    ['/mnt/a b', { device: '0:46', type: 'fuse.sshfs', path: '/mnt/a b' }],
    ['/net', { device: '0:48', type: 'nfs', path: '/net' }],
  ]);
  expect(parseMounts(TABLE, '/proc/7/root').get('/net')?.path).toBe('/proc/7/root/net');
});

const base = mkdtempSync(`${tmpdir()}/php-zd-silent-`);
afterAll(() => rmSync(base, { recursive: true }));
mkdirSync(`${base}/releases/1`, { recursive: true });
writeFileSync(`${base}/releases/1/index.php`, 'x');
symlinkSync('releases/1', `${base}/current`);
symlinkSync(`${base}/dead/release`, `${base}/gone`);
symlinkSync('../gone', `${base}/releases/latest`);
symlinkSync('loop', `${base}/loop`);

const dead = { device: '0:45', type: 'nfs4', path: `${base}/dead` };
const alive = { device: '0:46', type: 'nfs4', path: `${base}/releases` };
const host = {
  root: '',
  mounts: new Map([
    [dead.path, dead],
    [alive.path, alive],
  ]),
};
const silentOn = (path: string) =>
  findOnWay(path, {
    host,
    linkAt: readLink,
    tableOf: () => ({ root: '/proc/7/root', mounts: new Map([['/in', { ...dead, path: '/proc/7/root/in' }]]) }),
    isSilent: ({ device }) => device === dead.device,
  });

test.each<[string, string, string | undefined]>([
  ['beyond the mount point', `${base}/dead/a/b`, dead.path],
  ['at the mount point itself', `${base}/dead`, dead.path],
  ['by a link', `${base}/gone/public`, dead.path],
  ['by a link to a link, upwards', `${base}/current/../latest/public`, dead.path],
  ['in a mount that answers', `${base}/current/index.php`, undefined],
  ['beside the mount point', `${base}/deader/a`, undefined],
  ['in a circle of links', `${base}/loop/a`, undefined],
  ['in the mounts of another process', '/proc/7/root/in/a', '/proc/7/root/in'],
  ['at a place of another process that is silent here alone', `/proc/7/root${base}/dead/a`, undefined],
])('a path %s', (_, path, mount) => {
  expect(silentOn(path)).toBe(mount);
});

test('where the way does not answer files and host say so, and touch nothing', async () => {
  const error = { code: 'file-system', facts: { path: dead.path, errno: 'ETIMEDOUT' } };
  const files = answeringFiles(makeFiles(), silentOn);
  for (const path of [`${base}/gone`, `${base}/dead/x`]) {
    const questions = [
      ...[files.read(path), files.readLines(path), files.exists(path), files.room(path), files.list(path)],
      ...[files.directories(path), files.identity(path), files.rights(path), files.readLink(`${path}/link`)],
    ];
    for (const question of questions) await expect(question).rejects.toMatchObject(error);
  }
  expect(await files.readLink(`${base}/gone`)).toBe(`${base}/dead/release`);
  expect(await files.read(`${base}/current/index.php`)).toBe('x');
  const answering = answeringHost(makeHost(), silentOn);
  for (const name of [
    'isExecutable',
    'resolveDirectory',
    'unseenIn',
    'isClosed',
    'isFile',
    'isDirectory',
    'ownerOf',
  ] as const) {
    expect(() => answering[name](`${base}/gone`)).toThrow(expect.objectContaining(error));
  }
  expect(answering.isFile(`${base}/current/index.php`)).toBe(true);
});
