import { expect, test } from 'vitest';
import { PhpZdError } from '../../src/base/errors.ts';
import { Exit } from '../../src/cli/context.ts';
import { Typist } from './typist.ts';

/** What journalctl(1) is called with before its matches. */
const optionsOf = (command: string): string => command.slice(0, command.indexOf(' _SYSTEMD'));

test("journalctl shows what the site's parts say", async () => {
  const typist = await Typist.atStartedSite();
  expect(await typist.type('logs shop')).toEqual({ exit: Exit.done, out: '', err: '' });
  const [command = ''] = typist.foreground;
  expect(command.startsWith('journalctl _SYSTEMD_SLICE=php-zd-shop.slice + _SYSTEMD_UNIT=php-zd@shop.service ')).toBe(
    true,
  );
  const slots = [1, 2, 3, 4].map(slot => `UNIT=php-zd-fpm-shop@${slot}.service`);
  expect(command.split(' ')).toEqual(expect.arrayContaining(slots));
});

test('a replica is shown alone', async () => {
  const typist = await Typist.atStartedSite();
  await typist.type('logs shop --replica 2');
  expect(typist.foreground).toEqual([
    'journalctl _SYSTEMD_UNIT=php-zd-fpm-shop@2.service _SYSTEMD_UNIT=php-zd-web-shop@2.service ' +
      '+ _UID=0 PHP_ZD_SITE=shop PHP_ZD_REPLICA=2 + _PID=1 ' +
      'UNIT=php-zd-fpm-shop@2.service UNIT=php-zd-web-shop@2.service UNIT=php-zd-admit-shop@2.service UNIT=php-zd-gate-shop@2.service UNIT=php-zd-park@shop:2.timer ' +
      'UNIT=php-zd-park@shop:2.service',
  ]);
});

test.each([
  ['-f', '--follow'],
  ['-n 5', '--lines=5'],
  ['-n all', '--lines=all'],
  ['--since yesterday', '--since=yesterday'],
  ['-p err', '--priority=err'],
  ['--json', '--output=json'],
  ['-f --json -n +3', '--follow --lines=+3 --output=json'],
])('%s is %s of journalctl', async (typed, passed) => {
  const typist = await Typist.atStartedSite();
  await typist.type(`logs shop ${typed}`);
  expect(typist.foreground.map(optionsOf)).toEqual([`journalctl ${passed}`]);
});

test.each([
  ['^C', 130],
  ['a reader that has read enough', 141],
])('%s is how one ends to follow', async (_, status) => {
  const typist = await Typist.atStartedSite();
  typist.foregroundStatus = () => status;
  expect(await typist.type('logs shop -f')).toEqual({ exit: Exit.done, out: '', err: '' });
});

test('a journalctl that fails is status 1', async () => {
  const typist = await Typist.atStartedSite();
  typist.foregroundStatus = () => 2;
  expect(await typist.type('logs shop --since never')).toEqual({
    exit: Exit.failed,
    out: '',
    err: 'php-zd: journalctl, which reads the logs, failed with status 2. See "php-zd logs --help".\n',
  });
});

test('a host without journalctl is status 1', async () => {
  const typist = await Typist.atStartedSite();
  typist.foregroundStatus = () => {
    throw new PhpZdError('command-failed', { command: 'journalctl', status: 'ENOENT', output: '' });
  };
  expect((await typist.type('logs shop')).exit).toBe(Exit.failed);
});

test('a site whose file is gone is shown as long as something of it is there', async () => {
  const typist = await Typist.atStartedSite();
  await typist.world.files.remove('/etc/php-zd/sites/shop.ini');
  expect((await typist.type('logs shop')).exit).toBe(Exit.done);
});

test('a site that there is not is status 4', async () => {
  const typist = await Typist.atStartedSite();
  expect(await typist.type('logs nope')).toEqual({
    exit: Exit.noSuchSite,
    out: '',
    err:
      "php-zd: there is no site 'nope': /etc/php-zd/sites/nope.ini does not exist.\n" +
      'See those that are there with "php-zd list", or write it with "php-zd init nope".\n',
  });
  expect(typist.foreground).toEqual([]);
});

test.each(['x', '-1', '1.5', '1234567890'])('-n %s is bad usage', async text => {
  expect(await (await Typist.atStartedSite()).type(`logs shop -n=${text}`)).toEqual({
    exit: Exit.invalid,
    out: '',
    err:
      `php-zd: option '-n, --lines <N>' argument '=${text}' is invalid. It is a number of entries, or "all".\n` +
      'Usage: php-zd logs [options] <SITE>\nSee "php-zd logs --help".\n',
  });
});
