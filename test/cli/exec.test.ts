import { beforeEach, expect, test } from 'vitest';
import { PhpZdError } from '../../src/base/errors.ts';
import { execUnit } from '../../src/base/paths.ts';
import { paths, release } from '../run/world.ts';
import { Typist } from './typist.ts';

/** The exit status of a failure that is not the command's. */
const NOT_RUN = 125;
const VIEW = paths.view('roll-1');

let typist: Typist;

beforeEach(async () => {
  typist = await Typist.atStartedSite();
  typist.world.systemd.add(execUnit('shop', 'roll-1'), { isOneshot: true });
});

test('a command runs in the view of the promoted release', async () => {
  await typist.world.linkTo('42');
  expect(await typist.type('exec shop -- php -v')).toEqual({ exit: 0, out: '', err: '' });
  const [command = ''] = typist.foreground;
  expect(command).toMatch(
    /^env --ignore-signal=TERM,INT,HUP \/usr\/bin\/perl \S+\/without-terminal.pl systemd-run --pty --pipe --quiet --wait /,
  );
  expect(command.endsWith(' /usr/bin/env --chdir=/srv/shop/releases/.shop.live -- php -v')).toBe(true);
  expect(command).toContain(`${VIEW}/mounts:/run/php-zd-mounts/places`);
});

test('--release and --write are those of the view', async () => {
  let laid: string | undefined;
  typist.foregroundStatus = async () => {
    laid = await typist.world.files.read(`${VIEW}/mounts`);
    return 0;
  };
  await typist.type(`exec shop --release ${release('42')} --write -- true`);
  expect(laid).toBe(`rw\t/srv/shop/releases/.shop.live\t${release('42')}\n`);
});

test("the command's own options are not php-zd's", async () => {
  await typist.type('exec shop -- ls --write -l');
  expect(typist.foreground[0]?.endsWith(' -- ls --write -l')).toBe(true);
});

test.each([1, 2, 125, 126, 127])("the command's status %i is that of exec", async status => {
  typist.foregroundStatus = () => status;
  expect(await typist.type('exec shop -- false')).toEqual({ exit: status, out: '', err: '' });
});

test('a command that a signal ended is 128 and its number', async () => {
  typist.foregroundStatus = () => {
    typist.world.systemd.set(execUnit('shop', 'roll-1'), { activeState: 'failed', result: 'signal', mainStatus: 9 });
    return 255;
  };
  expect((await typist.type('exec shop -- sleep 9')).exit).toBe(137);
});

test("a status that may be systemd's own is said to be so", async () => {
  typist.foregroundStatus = () => 203;
  const unit = execUnit('shop', 'roll-1');
  expect(await typist.type('exec shop -- nothing')).toEqual({
    exit: 203,
    out: '',
    err: `php-zd: 203 may be systemd's own status, which then says why in "journalctl -eu ${unit}".\n`,
  });
});

test.each([
  [
    'a site that there is not',
    'exec nope -- true',
    "php-zd: there is no site 'nope': /etc/php-zd/sites/nope.ini does not exist.\n" +
      'See those that are there with "php-zd list", or write it with "php-zd init nope".\n',
  ],
  [
    'a release that there is not',
    'exec shop --release /srv/shop/releases/99 -- true',
    'php-zd: the release /srv/shop/releases/99 is no directory.\n' +
      'Name a directory that is there: "php-zd releases" shows those of each site, and "php-zd deploy SITE DIR" goes to one.\n',
  ],
  [
    'no command',
    'exec shop',
    "php-zd: missing required argument 'COMMAND'.\n" +
      'Usage: php-zd exec [--release DIR] [--write] SITE -- COMMAND [ARG...]\nSee "php-zd exec --help".\n',
  ],
  [
    'an option that there is not',
    'exec --writ shop -- true',
    "php-zd: unknown option '--writ'.\n(Did you mean --write?)\n" +
      'Usage: php-zd exec [--release DIR] [--write] SITE -- COMMAND [ARG...]\nSee "php-zd exec --help".\n',
  ],
])('%s is status 125, and nothing runs', async (_, line, err) => {
  expect(await typist.type(line)).toEqual({ exit: NOT_RUN, out: '', err });
  expect(typist.foreground).toEqual([]);
});

test('a site that never ran says how to start it', async () => {
  expect(await (await Typist.atNewSite()).type('exec shop -- true')).toEqual({
    exit: NOT_RUN,
    out: '',
    err:
      `php-zd: 'shop' never ran as user 'shop': start it with "php-zd start shop", ` +
      'or, if it is started, roll it with "php-zd reload shop".\n',
  });
});

test('a systemd-run that cannot be run is status 125', async () => {
  typist.foregroundStatus = () => {
    throw new PhpZdError('command-failed', { command: 'systemd-run', status: 'ENOENT', output: '' });
  };
  expect((await typist.type('exec shop -- true')).exit).toBe(NOT_RUN);
});

test('--help is status 0', async () => {
  const { exit, out } = await typist.type('exec --help');
  expect(exit).toBe(0);
  expect(out).toContain('Usage: php-zd exec [--release DIR] [--write] SITE -- COMMAND [ARG...]\n');
});
