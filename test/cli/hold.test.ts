import { describe, expect, test } from 'vitest';
import { Exit } from '../../src/cli/context.ts';
import { timeWords } from '../../src/report/words/time.ts';
import { paths } from '../run/world.ts';
import { Typist } from './typist.ts';

const UNKNOWN =
  "php-zd: there is no site 'nope': /etc/php-zd/sites/nope.ini does not exist.\n" +
  'See those that are there with "php-zd list", or write it with "php-zd init nope".\n';
const AWAY =
  'php-zd: HAProxy does not answer on /fake/admin.sock (ECONNREFUSED).\n' +
  'See "systemctl status php-zd-haproxy"; start it with "systemctl restart php-zd-haproxy".\n';

/** What a hold says that begins on a second, when nothing is in flight. */
const heldTold = (typist: Typist, seconds: number, words: string, inFlight = '0 requests in flight go on'): string =>
  `New requests of shop wait for ${words}, until ${timeWords(typist.world.clock.now() + seconds * 1000)}; ${inFlight}.\n` +
  'Let them through before with "php-zd release-hold shop".\n';

/** At a started site, when a second has just begun. */
const atSecond = async (): Promise<Typist> => {
  const typist = await Typist.atStartedSite();
  typist.world.clock.advance(1_000 - (typist.world.clock.now() % 1_000));
  return typist;
};

const isHeld = async ({ world }: Typist) => await world.files.exists(paths.requestHold);

describe('a hold', () => {
  test('lets new requests wait, half a minute unless told', async () => {
    const typist = await atSecond();
    const err = heldTold(typist, 30, '30s');
    expect(await typist.type('hold shop')).toEqual({ exit: Exit.done, out: '', err });
    expect(await isHeld(typist)).toBe(true);
    expect(typist.journal.entries).toMatchObject([{ PHP_ZD_EVENT: 'held', PHP_ZD_SITE: 'shop' }]);
  });

  test('lasts as long as --for says', async () => {
    const typist = await atSecond();
    const err = heldTold(typist, 90, '1min 30s');
    expect(await typist.type(['hold', 'shop', '--for', '1min 30s'])).toEqual({ exit: Exit.done, out: '', err });
  });

  test('says how many are in flight', async () => {
    const typist = await atSecond();
    typist.world.balancer.setSessions('shop', '1', 1);
    const err = heldTold(typist, 30, '30s', '1 request in flight goes on');
    expect((await typist.type('hold shop')).err).toBe(err);
  });

  test('with --idle comes back when the requests in flight have ended', async () => {
    const typist = await atSecond();
    typist.world.balancer.setSessions('shop', '2', 1);
    const told = heldTold(typist, 30, '30s', '1 request in flight goes on');
    const end = typist.world.clock.now() + 900;
    typist.world.clock.onSleep = now => {
      if (now > end) typist.world.balancer.setSessions('shop', '2', 0);
    };
    expect(await typist.type('hold shop --idle')).toEqual({
      exit: Exit.done,
      out: '',
      err: `${told}No request of shop runs any more (after 1.05 s); new ones wait.\n`,
    });
  });

  test('with --idle that ends before the requests do is status 1', async () => {
    const typist = await atSecond();
    typist.world.balancer.setSessions('shop', '2', 1);
    const { exit, err } = await typist.type('hold shop --idle --for 2s');
    expect(exit).toBe(Exit.failed);
    expect(err.slice(err.indexOf('php-zd: requests'))).toBe(
      'php-zd: requests of shop still ran when the hold was over, after 2s: 1 that FPM does not name. ' +
        'New requests go through again; "php-zd hold shop --idle --for TIME" with a longer time waits longer.\n',
    );
  });

  test('whose wait is left by ^C goes on', async () => {
    const typist = await atSecond();
    typist.world.balancer.setSessions('shop', '2', 1);
    typist.interruptAfter('New requests');
    const { exit, err } = await typist.type('hold shop --idle');
    expect(exit).toBe(Exit.failed);
    expect(err.endsWith('\nphp-zd: it was asked to stop.\n')).toBe(true);
    expect(await isHeld(typist)).toBe(true);
  });

  test('of a site that is not started is refused with status 6', async () => {
    const err = `php-zd: 'shop' is not started: start it with "php-zd start shop" first.\n`;
    expect(await (await Typist.atNewSite()).type('hold shop')).toEqual({ exit: Exit.refused, out: '', err });
  });

  test("of a site whose part of HAProxy's configuration is an older one is refused with status 6", async () => {
    const typist = await atSecond();
    await typist.world.files.write(paths.balancerConfig, 'backend shop\n');
    expect(await typist.type('hold shop')).toEqual({
      exit: Exit.refused,
      out: '',
      err:
        "php-zd: HAProxy's part of shop was written by an older php-zd, which could not do this: " +
        'roll once with "php-zd reload shop".\n',
    });
  });

  test('by an HAProxy that is away is status 1, and there is none', async () => {
    const typist = await atSecond();
    typist.world.balancer.unreachable();
    expect(await typist.type('hold shop')).toEqual({ exit: Exit.failed, out: '', err: AWAY });
    expect(await isHeld(typist)).toBe(false);
  });

  test('of several sites holds each, and one that there is not is status 4', async () => {
    const typist = await atSecond();
    const { exit, err } = await typist.type('hold nope shop');
    expect(exit).toBe(Exit.noSuchSite);
    expect(err.startsWith(`${UNKNOWN}New requests of shop wait for 30s, `)).toBe(true);
  });

  test.each([
    ['500ms', 'A hold takes from 1s to 10min.'],
    ['11min', 'A hold takes from 1s to 10min.'],
    ['soon', 'A time span is such as 500ms, 30s or 1min 30s.'],
  ])('--for %s is bad usage', async (text, why) => {
    expect(await (await atSecond()).type(`hold shop --for ${text}`)).toEqual({
      exit: Exit.invalid,
      out: '',
      err:
        `php-zd: option '--for <TIME>' argument '${text}' is invalid. ${why}\n` +
        'Usage: php-zd hold [options] <SITE...>\nSee "php-zd hold --help".\n',
    });
  });
});

describe('release-hold', () => {
  test('lets the waiting requests through, and says how many waited', async () => {
    const typist = await atSecond();
    await typist.type('hold shop');
    typist.world.balancer.setHeld('shop', 3);
    typist.world.clock.advance(4_000);
    typist.journal.entries.length = 0;
    expect(await typist.type('release-hold shop')).toEqual({
      exit: Exit.done,
      out: '',
      err: 'Let the requests of shop through after 4.00 s: 3 requests waited.\n',
    });
    expect(await isHeld(typist)).toBe(false);
    expect(typist.journal.entries).toMatchObject([{ PHP_ZD_EVENT: 'hold-released' }]);
  });

  test('lets them through although HAProxy is away, which cannot say how many waited', async () => {
    const typist = await atSecond();
    await typist.type('hold shop');
    typist.world.clock.advance(4_000);
    typist.world.balancer.unreachable();
    expect(await typist.type('release-hold shop')).toEqual({
      exit: Exit.done,
      out: '',
      err: 'Let the requests of shop through after 4.00 s; HAProxy does not say how many waited.\n',
    });
    expect(await isHeld(typist)).toBe(false);
  });

  test('of a site that is not held has nothing to do', async () => {
    const typist = await atSecond();
    const said = { exit: Exit.done, out: '', err: 'shop is not held: its requests go through.\n' };
    expect(await typist.type('release-hold shop')).toEqual(said);
    await typist.type('hold shop --for 1s');
    typist.world.clock.advance(2_000);
    expect(await typist.type('release-hold shop')).toEqual(said);
  });

  test('of several sites is for each, and one that there is not is status 4', async () => {
    const typist = await atSecond();
    await typist.type('hold shop');
    const { exit, err } = await typist.type('release-hold nope shop');
    expect(exit).toBe(Exit.noSuchSite);
    expect(err).toBe(`${UNKNOWN}Let the requests of shop through after 0.00 s: 0 requests waited.\n`);
  });
});
