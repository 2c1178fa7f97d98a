import { expect, test } from 'vitest';
import { PhpZdError } from '../../src/base/errors.ts';
import { Exit } from '../../src/cli/context.ts';
import { Typist } from './typist.ts';

test('a stop drains and stops every replica', async () => {
  const typist = await Typist.atStartedSite();
  expect(await typist.type('stop shop')).toEqual({ exit: Exit.done, out: '', err: 'Stopped shop: 2 replicas.\n' });
  expect(await typist.world.picture()).toEqual([]);
  expect(typist.journal.entries[0]?.['MESSAGE']).toBe('Asking systemd to stop php-zd@shop.');
});

test('a site that is not active has nothing to stop', async () => {
  const typist = await Typist.atNewSite();
  expect(await typist.type('stop shop')).toEqual({
    exit: Exit.done,
    out: '',
    err: 'php-zd@shop.service is not active: there was nothing to stop. See "php-zd status shop".\n',
  });
  expect(typist.world.systemd.asked).toEqual([]);
});

test('what still runs of a site whose unit failed is stopped too, which systemd would leave alone', async () => {
  const typist = await Typist.atStartedSite();
  typist.world.systemd.set('php-zd@shop.service', { activeState: 'failed' });
  expect(await typist.type('stop shop')).toEqual({ exit: Exit.done, out: '', err: 'Stopped shop: 2 replicas.\n' });
  expect(await typist.world.picture()).toEqual([]);
});

test('what the stop of its unit could not stop is stopped too: for systemd the job is done', async () => {
  const typist = await Typist.atStartedSite();
  typist.world.systemd.add('php-zd@.service', {
    onStop: unit => typist.world.systemd.set(unit, { activeState: 'failed', subState: 'failed' }),
  });
  expect(await typist.type('stop shop')).toEqual({ exit: Exit.done, out: '', err: 'Stopped shop: 2 replicas.\n' });
  expect(await typist.world.picture()).toEqual([]);
});

test('a replica that cannot be stopped then is status 1', async () => {
  const typist = await Typist.atStartedSite();
  const { systemd } = typist.world;
  systemd.add('php-zd@.service', { onStop: unit => systemd.set(unit, { activeState: 'failed' }) });
  const stop = systemd.stop;
  Object.assign(systemd, {
    stop: async (unit: string) => {
      if (!unit.startsWith('php-zd-fpm-')) return await stop(unit);
      throw new PhpZdError('job-failed', { unit, job: 'stop', result: 'canceled' });
    },
  });
  expect(await typist.type('stop shop')).toMatchObject({
    exit: Exit.failed,
    err: expect.stringContaining('php-zd: systemd could not stop php-zd-fpm-shop@1.service (canceled).\n'),
  });
});

test('a site whose file is gone can be stopped, and then there is no such site', async () => {
  const typist = await Typist.atStartedSite();
  await typist.world.files.remove('/etc/php-zd/sites/shop.ini');
  expect(await typist.type('stop shop')).toEqual({ exit: Exit.done, out: '', err: 'Stopped shop: 2 replicas.\n' });
  expect(await typist.type('stop shop')).toEqual({
    exit: Exit.noSuchSite,
    out: '',
    err:
      "php-zd: there is no site 'shop': /etc/php-zd/sites/shop.ini does not exist.\n" +
      'See those that are there with "php-zd list", or write it with "php-zd init shop".\n',
  });
});

test('a stop of one replica lets the others be', async () => {
  const typist = await Typist.atStartedSite();
  const said = { exit: Exit.done, out: '', err: 'Stopped replica 1 of shop.\n' };
  expect(await typist.type('stop shop --replica 1')).toEqual(said);
  expect(await typist.world.picture()).toEqual(['2: 41 UP']);
});

test('a stop of a replica that there is not is refused with status 6', async () => {
  const err = 'php-zd: replica 3 of shop is not there; these are: 1, 2.\nSee "php-zd status shop".\n';
  expect(await (await Typist.atStartedSite()).type('stop shop --replica 3')).toEqual({
    exit: Exit.refused,
    out: '',
    err,
  });
});

/** Gives replica 1 a request that ends once somebody follows what goes on. */
const untilFollowed = ({ world }: Typist): void => {
  world.balancer.setSessions('shop', '1', 1);
  const watch = world.systemd.watch.bind(world.systemd);
  world.systemd.watch = (...args) => {
    world.balancer.setSessions('shop', '1', 0);
    return watch(...args);
  };
};

test('a stop with --no-block asks and comes back', async () => {
  const typist = await Typist.atStartedSite();
  untilFollowed(typist);
  expect(await typist.type('stop shop --no-block')).toEqual({
    exit: Exit.done,
    out: '',
    err: 'Asked systemd to stop shop. Follow it with "php-zd follow shop".\n',
  });
  expect(await typist.type('follow shop')).toEqual({ exit: Exit.done, out: '', err: 'Stopped shop: 2 replicas.\n' });
});

test('a stop with --json prints its event on stdout', async () => {
  const { exit, out, err } = await (await Typist.atStartedSite()).type('stop shop --json');
  expect({ exit, err }).toEqual({ exit: Exit.done, err: '' });
  expect(JSON.parse(out)).toMatchObject({ site: 'shop', event: { kind: 'stopped', replicas: 2 } });
});

/** Gives replica 1 a request that ends after some seconds, and calls `meanwhile` before that. */
const whileRequestRuns = ({ world }: Typist, meanwhile: () => void): void => {
  world.balancer.setSessions('shop', '1', 1);
  const end = world.clock.now() + 5_000;
  let isFirst = true;
  world.clock.onSleep = now => {
    if (isFirst) meanwhile();
    isFirst = false;
    if (now > end) world.balancer.setSessions('shop', '1', 0);
  };
};

test('a stop whose place somebody takes with a start is status 1', async () => {
  const typist = await Typist.atStartedSite();
  whileRequestRuns(typist, () => void typist.world.systemd.start('php-zd@shop.service'));
  expect(await typist.type('stop shop')).toMatchObject({
    exit: Exit.failed,
    err: expect.stringMatching(
      /php-zd: systemd could not stop php-zd@shop\.service \(canceled\)\.\nSee "journalctl -eu php-zd@shop\.service", "php-zd status shop" or "php-zd doctor shop"\.\n$/,
    ),
  });
});

test('a stop that is left by ^C goes on', async () => {
  const typist = await Typist.atStartedSite();
  whileRequestRuns(typist, () => typist.interrupt());
  expect(await typist.type('stop shop')).toEqual({
    exit: Exit.failed,
    out: '',
    err: 'Left it running. Follow it again with "php-zd follow shop".\n',
  });
  expect((await typist.type('follow shop')).err).toBe('Stopped shop: 2 replicas.\n');
});

test('--all stops every site; neither a name nor --all is bad usage', async () => {
  const typist = await Typist.atStartedSite();
  const err = 'php-zd: which site? Name one or more, or write "php-zd stop --all".\n';
  expect(await typist.type('stop')).toEqual({ exit: Exit.invalid, out: '', err });
  expect((await typist.type('stop --all')).err).toBe('Stopped shop: 2 replicas.\n');
});
