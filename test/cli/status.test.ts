import { expect, test } from 'vitest';
import { Exit } from '../../src/cli/context.ts';

import type { Terminal } from '../../src/ports/terminal.ts';
import { paths, World } from '../run/world.ts';
import { Typist } from './typist.ts';

/** `php-zd status` in a world: what it prints, and how it ends. `^C` after so many pages. */
const run = async (world: World, args: readonly string[], options: { pages?: number; screen?: Terminal } = {}) => {
  const typist = new Typist(world);
  typist.outTerminal = options.screen;
  const pages: string[] = [];
  typist.onOut = text => {
    pages.push(text);
    if (pages.length === options.pages) typist.interrupt();
    if (pages.length > (options.pages ?? 1)) throw new Error('it goes on without end');
  };
  return { ...(await typist.type(['status', ...args])), pages };
};

const serving = async (text = {}): Promise<World> => {
  const world = await World.serving(text);
  await world.systemd.start('php-zd@shop.service');
  for (const slot of [1, 2]) {
    world.systemd.set(`php-zd-fpm-shop@${slot}.service`, { activeSince: world.clock.now() - 90_000, cpuMs: 1_500 });
  }
  return world;
};

const linesWith = (text: string, mark: string) => text.split('\n').filter(line => line.startsWith(mark));

test('a site that serves has its page, and status 0', async () => {
  const { exit, out, err } = await run(await serving(), ['shop']);
  expect({ exit, err }).toEqual({ exit: Exit.done, err: '' });
  expect(out).toBe(`shop: 2 of 2 replicas serve /srv/shop/releases/41
Promoted: /srv/shop/releases/41
Running:  /srv/shop/releases/41
Link:     /srv/shop/current names /srv/shop/releases/41
HAProxy:  0 requests, 0 lost since its process started; queue 0, longest 0
PHP-FPM:  0 of 16 children at work

REPLICA UNIT   BALANCER SINCE RESTARTS BUSY IDLE QUEUE CPU    MEMORY RELEASE
1       active UP       1min  0        0    2    0     1.50 s -      41
2       active UP       1min  0        0    2    0     1.50 s -      41
`);
});

test('without a site there is a table, with its queue and its last roll', async () => {
  const world = await serving();
  await world.rollTo('42');
  await world.systemd.start('php-zd@shop.service');
  world.balancer.countTotals('shop', { longestQueue: 4 });
  const { exit, out } = await run(world, []);
  expect(exit).toBe(Exit.done);
  expect(out).toBe(`SITE  UNIT    SERVING  RELEASE  BUSY  QUEUE  LAST ROLL       STATE
shop  active  2/2      42       0/16  0      0s ago, rolled  ok
`);
});

test('a table asks no replica what it does, and looks at each path once', async () => {
  const world = await serving();
  const { files, fpm, systemd, balancer } = world;
  const asked: string[] = [];
  const noting = <Port extends object>(port: Port, names: readonly (keyof Port)[]) => {
    for (const name of names) {
      const ask = port[name] as (...args: readonly unknown[]) => unknown;
      Object.defineProperty(port, name, {
        configurable: true,
        writable: true,
        value: (...args: readonly unknown[]) => {
          asked.push(`${String(name)} ${args[0]}`);
          return Reflect.apply(ask, port, args);
        },
      });
    }
  };
  noting(files, ['read', 'readLink']);
  noting(fpm, ['status']);
  noting(systemd, ['unit', 'glance', 'usage', 'activeState']);
  noting(balancer, ['overview']);
  await run(world, []);
  expect(asked.filter((question, at) => asked.indexOf(question) !== at)).toEqual([]);
  expect(asked.filter(question => /^(status|unit|glance|usage|overview) /.test(question))).toHaveLength(2);
  expect(asked.filter(question => question.includes('/maps'))).toEqual([]);
  expect(asked.length).toBeLessThan(MOST_QUESTIONS);
  await run(world, ['shop']);
  expect(asked.filter(question => /^status /.test(question))).toHaveLength(2);
});

/** Of a site with two replicas that serve; its site file asks more, of the host. */
const MOST_QUESTIONS = 40;

test('a table tells of a PHP whose program was replaced since its replica was started', async () => {
  const world = await serving();
  world.systemd.set('php-zd-fpm-shop@2.service', { mainPid: 4711 });
  await world.files.link('/proc/4711/exe', '/usr/sbin/php-fpm8.2 (deleted)');
  expect(linesWith((await run(world, [])).out, '!')).toContain(
    '! shop: PHP was upgraded since replica 2 was started: php-zd reload --outdated shop',
  );
});

test('a replica that is stopped is status 3, and --replica judges one alone', async () => {
  const world = await serving();
  await world.systemd.stop('php-zd-fpm-shop@1.service');
  const { exit, out } = await run(world, ['shop']);
  expect(exit).toBe(Exit.notServing);
  expect(linesWith(out, '!')).toEqual(['! replica 1 is stopped: php-zd start shop --replica 1']);
  expect((await run(world, ['shop', '--replica', '1'])).exit).toBe(Exit.notServing);
  expect((await run(world, ['shop', '--replica', '2'])).exit).toBe(Exit.done);
});

test('a replica that crashes again and again says how often and why', async () => {
  const world = await serving();
  world.kill(1);
  const looping = { activeState: 'activating', subState: 'auto-restart', mainPid: 0, restarts: 4, result: 'signal' };
  world.systemd.set('php-zd-fpm-shop@1.service', looping);
  const { exit, out } = await run(world, ['shop']);
  expect(exit).toBe(Exit.notServing);
  expect(linesWith(out, '!')).toEqual([
    '! replica 1 keeps ending (signal): systemd restarted it 4 times: journalctl -eu php-zd-fpm-shop@1',
  ]);
});

test('HAProxy that is away is said once, and is status 3', async () => {
  const world = await serving();
  await world.systemd.stop('php-zd-haproxy.service');
  world.balancer.unreachable();
  const { exit, out } = await run(world, ['shop']);
  expect(exit).toBe(Exit.notServing);
  expect(linesWith(out, '!')).toEqual([
    '! HAProxy is inactive, so nobody serves: systemctl restart php-zd-haproxy; why: journalctl -eu php-zd-haproxy',
  ]);
});

test('a site file that is broken is a finding while the site serves as it was promoted', async () => {
  const world = await serving();
  await world.writeSite('[site]\nrelease = /srv/shop/current\nuser = shop\nbad = 1\n[php]\nversion = 8.2\n');
  const { exit, out, err } = await run(world, ['shop']);
  expect({ exit, err }).toEqual({ exit: Exit.done, err: '' });
  expect(linesWith(out, '!')).toEqual([
    '! the site file has 1 problem, so a reload would be refused: php-zd check shop',
  ]);
});

test('a broken site that was never promoted says its problems; a site that there is not is status 4', async () => {
  const world = new World();
  await world.writeSite('[site]\n');
  const broken = await run(world, []);
  expect(broken.exit).toBe(Exit.invalid);
  expect(broken.err).toContain("/etc/php-zd/sites/shop.ini:1: 'release' is missing");
  expect((await run(world, ['nope'])).exit).toBe(Exit.noSuchSite);
});

test('a site that was never started says how to start it', async () => {
  const world = new World();
  await world.configure({});
  await world.linkTo('41');
  const { exit, out } = await run(world, ['shop']);
  expect(exit).toBe(Exit.notServing);
  expect(linesWith(out, '!')).toEqual(['! not started: systemctl start php-zd@shop']);
});

test('while a roll is under way enough replicas are status 0, and nothing else is to be mended', async () => {
  const world = await serving();
  world.systemd.set('php-zd@shop.service', { activeState: 'reloading' });
  await world.linkTo('42');
  const { exit, out } = await run(world, ['shop']);
  expect(exit).toBe(Exit.done);
  expect(linesWith(out, '!')).toEqual(['! a roll is under way: php-zd follow shop']);
});

test('--json has the figures, for all sites too', async () => {
  const [status] = JSON.parse((await run(await serving(), ['--json'])).out);
  expect(status).toMatchObject({ site: 'shop', serving: 2, wanted: 2, maxChildren: 8, running: [status.promoted] });
  expect(status.balancer).toMatchObject({ requests: 0, lost: 0, queued: 0, longestQueue: 0 });
  expect(status.replicas[0]).toMatchObject({ restarts: 0, cpuMs: 1_500, busy: 0, queued: 0, result: 'success' });
});

test('--watch looks again until ^C, one page below the other, and CPU time is what was used meanwhile', async () => {
  const world = await serving();
  const { exit, pages } = await run(world, ['--interval', '5', 'shop'], { pages: 2 });
  expect(exit).toBe(Exit.done);
  expect(pages).toHaveLength(2);
  expect(pages[0]).toMatch(/^shop: 2 of 2/);
  expect(pages[1]).toMatch(/^\nshop: 2 of 2(.|\n)* 0 % /);
  await world.systemd.stop('php-zd-fpm-shop@1.service');
  expect((await run(world, ['--watch', 'shop'], { pages: 3 })).exit).toBe(Exit.notServing);
});

test('--watch ends when nobody reads its pages any more', async () => {
  const typist = new Typist(await serving());
  const pages: string[] = [];
  typist.onOut = text => {
    pages.push(text);
    if (pages.length === 3) typist.stopReading();
    if (pages.length > 3) throw new Error('it goes on without end');
  };
  expect((await typist.type('status shop --watch')).exit).toBe(Exit.done);
  expect(pages).toHaveLength(3);
});

test('of several sites each has its page, and one that there is not is status 4', async () => {
  const { exit, out, err } = await run(await serving(), ['nope', 'shop']);
  expect(exit).toBe(Exit.noSuchSite);
  expect(out).toMatch(/^shop: 2 of 2 replicas serve /);
  expect(err).toBe(
    "php-zd: there is no site 'nope': /etc/php-zd/sites/nope.ini does not exist.\n" +
      'See those that are there with "php-zd list", or write it with "php-zd init nope".\n',
  );
});

test('without systemd it is status 1, and --json is an empty list', async () => {
  const world = await serving();
  world.systemd.loseBus();
  const err =
    'php-zd: systemd cannot be reached over D-Bus (the bus closed the connection).\n' +
    'What serves goes on serving. See "systemctl status dbus".\n';
  expect(await run(world, ['shop'])).toMatchObject({ exit: Exit.failed, out: '', err });
  expect(await run(world, ['--json'])).toMatchObject({ exit: Exit.failed, out: '[]\n', err });
});

test('--watch draws in place on a terminal, and at once when that has another size', async () => {
  const world = await serving();
  let columns = 80;
  let slept = false;
  const sleep = world.clock.sleep.bind(world.clock);
  world.clock.sleep = async (ms, signal) => {
    slept ||= signal?.aborted !== true;
    await sleep(ms, signal);
  };
  const screen: Terminal = {
    size: () => ({ columns, rows: 24 }),
    hasColour: false,
    onResize: listener => {
      if (columns === 80) listener();
      columns = 20;
      return () => undefined;
    },
  };
  const { pages } = await run(world, ['shop', '--watch'], { pages: 2, screen });
  expect(slept).toBe(false);
  expect(pages[0]?.startsWith('\x1b[H\x1b[2J\x1b[Hshop: 2 of 2 replicas serve /srv')).toBe(true);
  expect(pages[1]?.startsWith('\x1b[Hshop: 2 of 2 replica\x1b[K\ns serve /srv')).toBe(true);
});

test.each(['x', '0', '-1', '1e9', '2 days'])('--interval %s is bad usage', async text => {
  const { exit, err } = await run(await serving(), ['shop', `--interval=${text}`]);
  expect(exit).toBe(Exit.invalid);
  expect(err).toContain('It is a number of seconds from 0.1, or a time span.');
});

test('a replica that there is not is said to be none, with those that are', async () => {
  expect(await (await Typist.atStartedSite()).type('status shop --replica 77')).toMatchObject({
    exit: Exit.refused,
    err: 'php-zd: replica 77 of shop is not there; these are: 1, 2.\nSee "php-zd status shop".\n',
  });
});

test('a roll that was killed is not said to be running, and a replica that ended once does not keep ending', async () => {
  const typist = await Typist.atStartedSite();
  const { world } = typist;
  await world.files.write(paths.lastRoll, '{"format":1,"id":"x","startedAt":999000,"state":"running"}');
  world.systemd.set('php-zd-fpm-shop@2.service', { activeState: 'activating', restarts: 1, result: 'signal' });
  const { out } = await typist.type('status shop');
  expect(out).toMatch(/^Last roll: .* ago, killed/m);
  expect(out).toContain('! replica 2 ended (signal), and systemd starts it again: journalctl -eu php-zd-fpm-shop@2\n');
});
