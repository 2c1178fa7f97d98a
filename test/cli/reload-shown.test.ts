import { describe, expect, test } from 'vitest';
import { siteUnit } from '../../src/base/paths.ts';
import { Exit } from '../../src/cli/context.ts';
import { release } from '../run/world.ts';
import { butSteps, rolledTold, Typist } from './typist.ts';

const unit = siteUnit('shop');

/** Waits until the site's reload has ended. */
const ended = async ({ world }: Typist): Promise<void> => {
  for (let looks = 0; (await world.systemd.unit(unit)).activeState === 'reloading'; looks += 1) {
    if (looks > 1_000) throw new Error('the reload does not end');
    await world.clock.sleep(100);
  }
};

describe('a reload', () => {
  test('with --no-block asks and comes back', async () => {
    const typist = await Typist.atStartedSite();
    await typist.world.linkTo('42');
    expect(await typist.type('reload --no-block shop')).toEqual({
      exit: Exit.done,
      out: '',
      err: 'Asked systemd to reload shop. Follow it with "php-zd follow shop".\n',
    });
    expect(typist.journal.entries[0]?.['PHP_ZD_EVENT']).toBe('asked');
    await ended(typist);
    expect(await typist.world.picture()).toEqual(['3: 42 UP', '4: 42 UP']);
  });

  test('with --json prints its events on stdout, one a line, and nothing else', async () => {
    const typist = await Typist.atStartedSite();
    await typist.world.linkTo('42');
    const { exit, out, err } = await typist.type('reload --json shop');
    expect({ exit, err }).toEqual({ exit: Exit.done, err: '' });
    const entries = out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(entries[0]).toMatchObject({
      site: 'shop',
      roll: 'roll-1',
      event: { kind: 'roll-started', from: release('41'), release: release('42') },
    });
    expect(entries.at(-1)).toMatchObject({
      event: { kind: 'receipt', outcome: 'rolled', receipt: { requests: 0, lost: 0, ms: 110 } },
    });
  });

  test('that is left by ^C goes on without whoever asked', async () => {
    const typist = await Typist.atStartedSite();
    await typist.world.linkTo('42');
    typist.world.onStart = () => {
      typist.interrupt();
      return undefined;
    };
    const { exit, err } = await typist.type('reload shop');
    expect(exit).toBe(Exit.failed);
    expect(err.endsWith('Left it running. Follow it again with "php-zd follow shop".\n')).toBe(true);
    expect(err).not.toContain('Rolled');
    await ended(typist);
    expect(await typist.world.picture()).toEqual(['3: 42 UP', '4: 42 UP']);
  });

  test('leaves out the sites that come after ^C', async () => {
    const typist = await Typist.atStartedSite();
    typist.interruptAfter('Rolling');
    const { exit, err } = await typist.type('reload shop blog');
    expect(exit).toBe(Exit.failed);
    expect(err.endsWith('php-zd: blog was left out: nothing was asked of it.\n')).toBe(true);
  });

  test('that meets another one says that it comes afterwards', async () => {
    const typist = await Typist.atStartedSite();
    await typist.world.linkTo('42');
    await typist.type('reload --no-block shop');
    // The first one has said something by now.
    await typist.world.clock.sleep(100);
    const { exit, err } = await typist.type('reload shop');
    expect(exit).toBe(Exit.done);
    expect(err).toBe(
      'A roll of shop is under way. This one begins when it is over; end that one with "php-zd abort shop".\n',
    );
  });

  test('of one replica starts it anew on the release that it has', async () => {
    const typist = await Typist.atStartedSite();
    await typist.world.linkTo('42');
    expect(await typist.type('reload shop --replica 2')).toEqual({
      exit: Exit.done,
      out: '',
      err: 'Restarted replica 2 of shop.\n',
    });
    expect(typist.world.systemd.asked).toEqual([
      'restart php-zd-fpm-shop@2.service',
      'start php-zd-admit-shop@2.service',
    ]);
    expect(await typist.world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
  });

  test('of one replica can be asked for without waiting', async () => {
    const typist = await Typist.atStartedSite();
    expect(await typist.type('reload shop --replica 2 --no-block')).toEqual({
      exit: Exit.done,
      out: '',
      err: 'Asked systemd to restart replica 2 of shop. See "php-zd status shop".\n',
    });
  });

  test('of a replica that there is not names those that are, with status 6', async () => {
    expect(await (await Typist.atStartedSite()).type('reload shop --replica 7')).toEqual({
      exit: Exit.refused,
      out: '',
      err: 'php-zd: replica 7 of shop is not there; these are: 1, 2.\nSee "php-zd status shop".\n',
    });
  });

  test.each(['0', 'x', '1000', '-1'])('of replica %s is bad usage', async text => {
    expect(await (await Typist.atStartedSite()).type(`reload shop --replica=${text}`)).toEqual({
      exit: Exit.invalid,
      out: '',
      err:
        `php-zd: option '--replica <N>' argument '${text}' is invalid. A replica is a number from 1.\n` +
        'Usage: php-zd reload [options] [SITE...]\nSee "php-zd reload --help".\n',
    });
  });
});

test('on a terminal a reload is a picture that changes in place, with the receipt below it', async () => {
  const typist = await Typist.atStartedSite();
  await typist.world.linkTo('42');
  const size = () => ({ columns: 100, rows: 24 });
  typist.errTerminal = { size, hasColour: false, onResize: () => () => undefined };
  const { exit, err } = await typist.type('reload shop');
  expect(exit).toBe(Exit.done);
  expect(err).toContain('\x1b[');
  expect(err).not.toMatch(/^Step 1 of/m);
  expect(err.endsWith(butSteps(rolledTold('41', '42')).split('\n').slice(1).join('\n'))).toBe(true);
});
