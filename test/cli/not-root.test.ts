import { expect, test } from 'vitest';
import { PhpZdError } from '../../src/base/errors.ts';
import { Exit } from '../../src/cli/context.ts';
import { Typist } from './typist.ts';

const atSite = async (): Promise<Typist> => {
  const typist = await Typist.atStartedSite();
  typist.ports = { ...typist.ports, isRoot: false };
  return typist;
};

test('who may not look into the replicas is told so by reload --outdated, and nothing of their PHP', async () => {
  const typist = await atSite();
  const { exit, out, err } = await typist.type('reload --outdated shop');
  expect({ exit, out }).toEqual({ exit: Exit.failed, out: '' });
  expect(err).toMatch(/^php-zd: \/proc\/\d+\/maps: permission denied; run it as root\.\nNothing was touched\.\n$/);
});

test('who may not come to the sockets of replicas is told so by reset-opcache, and nothing of the replicas', async () => {
  const typist = await atSite();
  const socket = '/run/php-zd/shop/replicas/1/fpm.sock';
  typist.world.fpm.request = () => Promise.reject(new PhpZdError('fastcgi-unreachable', { socket, errno: 'EACCES' }));
  const { exit, out, err } = await typist.type('reset-opcache shop');
  expect({ exit, out }).toEqual({ exit: Exit.failed, out: '' });
  expect(err).toContain(`${socket}: permission denied; run it as root`);
});

test('what doctor can only ask as a user of a site is not checked, and that says what to do', async () => {
  const typist = await atSite();
  const { exit, out } = await typist.type('doctor shop');
  expect(exit).toBe(Exit.failed);
  expect(out).toContain(
    'not checked (link-directory, writable-release): shop: /srv/shop: permission denied; run it as root.\n',
  );
  expect(typist.world.commands.runs.filter(({ program }) => program === 'perl')).toEqual([]);
});

test('who may not read the journal is told who may', async () => {
  const typist = await atSite();
  typist.foregroundStatus = () => 1;
  expect(await typist.type('logs shop')).toEqual({
    exit: Exit.failed,
    out: '',
    err: 'php-zd: the logs of shop are for root and for members of the group systemd-journal: type "sudo php-zd logs shop".\n',
  });
});

test('a list of releases says once that it takes root, however many sites there are', async () => {
  const typist = await atSite();
  typist.world.files.identityInProcess = path =>
    Promise.reject(new PhpZdError('file-system', { path: `/proc/${path}/root`, errno: 'EACCES' }));
  const { exit, err } = await typist.type('releases');
  expect(exit).toBe(Exit.failed);
  expect(err).toMatch(/^php-zd: \/proc\/\d+\/root: permission denied; run it as root\.\n$/);
});
