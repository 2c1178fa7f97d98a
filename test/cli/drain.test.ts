import { describe, expect, test } from 'vitest';
import { Exit } from '../../src/cli/context.ts';
import { paths, release } from '../run/world.ts';
import { Typist } from './typist.ts';

const STATUS = 'See "php-zd status shop".\n';
const WITHDRAWN = 'Replica 1 of shop gets no new request, until "php-zd ready shop 1" or a roll.\n';
const ROLLING =
  'php-zd: a roll of shop is under way, which decides who serves: try again when it is over ' +
  '("php-zd follow shop"), or end it with "php-zd abort shop".\n';
const UNKNOWN =
  "php-zd: there is no site 'nope': /etc/php-zd/sites/nope.ini does not exist.\n" +
  'See those that are there with "php-zd list", or write it with "php-zd init nope".\n';

const refused = (err: string) => ({ exit: Exit.refused, out: '', err });

describe('a drain', () => {
  test('takes a replica out and waits until it has nothing left to do', async () => {
    const typist = await Typist.atStartedSite();
    typist.world.balancer.setSessions('shop', '1', 1);
    const end = typist.world.clock.now() + 2_000;
    typist.world.clock.onSleep = now => {
      if (now > end) typist.world.balancer.setSessions('shop', '1', 0);
    };
    const { exit, out, err } = await typist.type('drain shop 1');
    expect({ exit, out }).toEqual({ exit: Exit.done, out: '' });
    const [first, ...rest] = err.split('\n');
    expect(`${first}\n`).toBe(WITHDRAWN);
    expect(rest[0]).toBe('Draining replica 1: 1 request left.');
    expect(rest.slice(-2)).toEqual(['Replica 1 of shop has nothing left to do (after 2.05 s).', '']);
    expect(await typist.world.picture()).toEqual(['1: 41 DRAIN', '2: 41 UP']);
  });

  test('is in the journal, for the others', async () => {
    const typist = await Typist.atStartedSite();
    await typist.type('drain shop 1');
    expect(typist.journal.entries.map(entry => entry['PHP_ZD_EVENT'])).toEqual([
      'withdrawn-by-hand',
      'drained-by-hand',
    ]);
    expect(typist.journal.entries[0]).toMatchObject({ PHP_ZD_SITE: 'shop', PHP_ZD_REPLICA: '1' });
  });

  test('that comes to its timeout is status 1, and the replica stays drained', async () => {
    const typist = await Typist.atStartedSite();
    typist.world.balancer.setSessions('shop', '1', 1);
    const { exit, err } = await typist.type('drain shop 1 --timeout 500ms');
    expect(exit).toBe(Exit.failed);
    expect(err.startsWith(WITHDRAWN)).toBe(true);
    expect(err.slice(err.indexOf('php-zd: '))).toBe(
      'php-zd: replica 1 still had work after 500ms: 1 connections in HAProxy, 0 waiting, no busy child; ' +
        'does the web server keep connections open?\n' +
        'It stays drained: "php-zd drain shop 1" waits again, "php-zd ready shop 1" gives it requests again.\n',
    );
    expect(await typist.world.picture()).toEqual(['1: 41 DRAIN', '2: 41 UP']);
  });

  test('of a replica that is made ready meanwhile is status 1, and the replica serves', async () => {
    const typist = await Typist.atStartedSite();
    typist.world.balancer.setSessions('shop', '1', 1);
    const ready = new Promise(resolve => {
      typist.world.clock.onSleep = () => {
        typist.world.clock.onSleep = () => undefined;
        resolve(typist.type('ready shop 1'));
      };
    });
    const { exit, err } = await typist.type('drain shop 1');
    expect(await ready).toMatchObject({ exit: Exit.done });
    expect(exit).toBe(Exit.failed);
    expect(err.slice(err.indexOf('php-zd: '))).toBe(
      'php-zd: replica 1 of shop is not drained by hand any more: somebody made it ready, or a roll took it, ' +
        `and this drain leaves it as it is.\n${STATUS}`,
    );
    expect(await typist.world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
  });

  test("waits as long as the site's [drain] timeout unless told", async () => {
    const typist = await Typist.atStartedSite({ more: '[drain]\ntimeout = 7s\n' });
    typist.world.balancer.setSessions('shop', '1', 1);
    expect((await typist.type('drain shop 1')).err).toContain('php-zd: replica 1 still had work after 7s: ');
  });

  test('after which nobody would serve is refused with status 6, unless it is forced', async () => {
    const typist = await Typist.atStartedSite();
    await typist.type('drain shop 1');
    expect(await typist.type('drain shop 2')).toEqual(
      refused(
        'php-zd: replica 2 of shop goes on serving: 0 others would serve, 1 must. ' +
          'See "php-zd status shop", or insist with --force.\n',
      ),
    );
    expect(await typist.world.picture()).toEqual(['1: 41 DRAIN', '2: 41 UP']);
    expect((await typist.type('drain shop 2 --force')).exit).toBe(Exit.done);
    expect(await typist.world.picture()).toEqual(['1: 41 DRAIN', '2: 41 DRAIN']);
  });

  test('that is left by ^C leaves the replica drained', async () => {
    const typist = await Typist.atStartedSite();
    typist.world.balancer.setSessions('shop', '1', 1);
    typist.interruptAfter('Draining');
    const { exit, err } = await typist.type('drain shop 1');
    expect(exit).toBe(Exit.failed);
    expect(err).toBe(`${WITHDRAWN}Draining replica 1: 1 request left.\nphp-zd: it was asked to stop.\n`);
    expect(await typist.world.picture()).toEqual(['1: 41 DRAIN', '2: 41 UP']);
  });

  test('of a standby is refused with status 6', async () => {
    const typist = await Typist.atStartedSite({ site: { standby: 'yes' } });
    await typist.type(`deploy shop ${release('42')}`);
    const [slot] = [...typist.world.replicas].find(([, { release: of }]) => of === release('41')) ?? [];
    const err = `php-zd: replica ${slot} of shop is the standby, which gets no requests.\n${STATUS}`;
    expect(await typist.type(`drain shop ${slot}`)).toEqual(refused(err));
  });

  test('of a replica that does not run is refused with status 6', async () => {
    const err = `php-zd: replica 3 of shop does not run; these do: 1, 2.\n${STATUS}`;
    expect(await (await Typist.atStartedSite()).type('drain shop 3')).toEqual(refused(err));
  });

  test('whose HAProxy is away is status 1, with what to type', async () => {
    const typist = await Typist.atStartedSite();
    typist.world.balancer.unreachable();
    expect(await typist.type('drain shop 1')).toEqual({
      exit: Exit.failed,
      out: '',
      err:
        'php-zd: HAProxy does not answer on /fake/admin.sock (ECONNREFUSED).\n' +
        'See "systemctl status php-zd-haproxy"; start it with "systemctl restart php-zd-haproxy".\n',
    });
  });

  test.each([
    ['drain shop x', "php-zd: value 'x' is invalid for argument 'N'. A replica is a number from 1.\n"],
    [
      'drain shop 1 --timeout soon',
      "php-zd: option '--timeout <TIME>' argument 'soon' is invalid. A time span is such as 500ms, 30s or 1min 30s.\n",
    ],
    ['drain shop', "php-zd: missing required argument 'N'.\n"],
  ])('"%s" is bad usage', async (line, why) => {
    const usage = 'Usage: php-zd drain [options] <SITE> <N>\nSee "php-zd drain --help".\n';
    expect(await (await Typist.atStartedSite()).type(line)).toEqual({ exit: Exit.invalid, out: '', err: why + usage });
  });
});

describe('ready', () => {
  test('gives a replica requests again, and says so in the journal', async () => {
    const typist = await Typist.atStartedSite();
    await typist.type('drain shop 1');
    typist.journal.entries.length = 0;
    const said = { exit: Exit.done, out: '', err: 'Replica 1 of shop gets requests again.\n' };
    expect(await typist.type('ready shop 1')).toEqual(said);
    expect(await typist.world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
    expect(typist.journal.entries).toMatchObject([{ PHP_ZD_EVENT: 'ready-by-hand', PHP_ZD_REPLICA: '1' }]);
  });

  test('of a replica of another release is refused with status 6', async () => {
    const typist = await Typist.atStartedSite({ more: '[drain]\ntimeout = 1s\non_timeout = park\n' });
    typist.world.balancer.setSessions('shop', '1', 1);
    await typist.type(`deploy shop ${release('42')}`);
    expect(await typist.type('ready shop 1')).toEqual(
      refused(
        `php-zd: replica 1 of shop does not run what is promoted, but ${release('41')}: ` +
          `a roll starts it anew, "php-zd reload shop".\n${STATUS}`,
      ),
    );
  });

  test('of a replica that HAProxy does not take back is status 1', async () => {
    const typist = await Typist.atStartedSite();
    await typist.type('drain shop 1');
    typist.world.kill(1);
    const { exit, err } = await typist.type('ready shop 1');
    expect(exit).toBe(Exit.failed);
    expect(err).toBe('php-zd: HAProxy does not take replica 1 back (DOWN).\nSee "php-zd status".\n');
  });
});

describe.each(['drain', 'ready'])('%s', verb => {
  test('while a roll is under way is refused with status 6', async () => {
    const typist = await Typist.atStartedSite();
    await typist.type('reload shop --no-block');
    await typist.world.clock.sleep(0);
    expect(await typist.type(`${verb} shop 1`)).toEqual(refused(ROLLING));
  });

  test('of a site whose promoted release cannot be read is refused with status 6', async () => {
    const typist = await Typist.atStartedSite();
    await typist.world.files.remove(paths.promoted);
    const err = `php-zd: what is promoted of 'shop' cannot be read: roll once with "php-zd reload shop".\n`;
    expect(await typist.type(`${verb} shop 1`)).toEqual(refused(err));
  });

  test('of a site that is not started is refused with status 6', async () => {
    const err = `php-zd: 'shop' is not started: start it with "php-zd start shop" first.\n`;
    expect(await (await Typist.atNewSite()).type(`${verb} shop 1`)).toEqual(refused(err));
  });

  test('of a site that there is not is status 4', async () => {
    const said = { exit: Exit.noSuchSite, out: '', err: UNKNOWN };
    expect(await (await Typist.atStartedSite()).type(`${verb} nope 1`)).toEqual(said);
  });
});
