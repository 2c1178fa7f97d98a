import { describe, expect, test } from 'vitest';
import { Exit } from '../../src/cli/context.ts';
import { Front } from '../run/drill/front.ts';
import { release, type SiteText } from '../run/world.ts';
import { butSteps, rolledTold, Typist } from './typist.ts';

/** At a started site that the drill's requests reach. */
const atSite = async (text: SiteText = {}): Promise<Typist> => {
  const typist = await Typist.atStartedSite(text);
  new Front(typist.world);
  return typist;
};

/** What the drill says that it will do. */
const announced = (clients = '8 clients', app = 'The application is not asked.'): string =>
  `Drill of shop: a roll of ${release('41')} onto itself, with ${clients} asking meanwhile, for at most 10min.\n` +
  "They ask a script of php-zd's: quick requests, POSTs, requests of 3s, work after the answer.\n" +
  `${app}\n`;

const [, , ...receipt] = rolledTold('41', '41').split('\n').slice(1);

describe('a drill', () => {
  test('says what it will do, rolls, and counts what was lost', async () => {
    const { exit, out, err } = await (await atSite()).type('drill shop');
    expect(exit).toBe(Exit.done);
    expect(butSteps(err)).toBe(
      `${announced()}Rolling shop to ${release('41')}.\nRolled shop to ${release('41')} in 0.11 s: 0 requests, 0 lost.\n`,
    );
    const [, sent] = /^Nothing was lost: (\d+) requests, each of them run once and answered right\.$/m.exec(out) ?? [];
    expect(Number(sent)).toBeGreaterThan(20);
    expect(out).toMatch(/^REQUESTS +SENT +RIGHT +LOST +LONGEST\nquick +(\d+) +\1 +0 +0\.00 s\nPOST +(\d+) +\2 +0 /);
    expect(out.slice(out.indexOf('\n\n') + 1)).toBe(
      `\nRun twice: 0\nNever run: 0\nWork after the answer left undone: 0\n\nReceipt of the roll:\n${receipt.slice(0, -1).join('\n')}\n` +
        'The whole reload: 0.11 s (systemd, and the start of Node.js, 0.00 s)\n\n' +
        `Nothing was lost: ${sent} requests, each of them run once and answered right.\n`,
    );
  });

  test('leaves half of the free children to visitors', async () => {
    const typist = await atSite({ more: '[pool]\npm.max_children = 2\n' });
    const { err } = await typist.type('drill shop --clients 4');
    expect(err).toContain('with 2 clients asking');
    expect(err).toContain('\nNot 4: half of the free children are left to visitors.\n');
  });

  test.each([
    ['--app', '/health'],
    ['--app-path /start', '/start'],
  ])('with %s asks the application too', async (option, path) => {
    const { exit, out, err } = await (await atSite()).type(`drill shop ${option}`);
    expect(exit).toBe(Exit.done);
    expect(err.startsWith(announced('8 clients', `The application is asked for ${path} too.`))).toBe(true);
    expect(out).toMatch(/^the application +\d+ +\d+ +0 /m);
  });

  test('with --reload-balancer reloads HAProxy in the middle', async () => {
    const typist = await atSite();
    const { exit, out, err } = await typist.type('drill shop --reload-balancer');
    expect(exit).toBe(Exit.done);
    expect(err).toContain('\nHAProxy is reloaded in the middle.\n');
    expect(out).toContain('\nHAProxy, in the middle of the roll: reloaded\n');
    expect(typist.world.systemd.asked).toContain('reload php-zd-haproxy.service');
  });

  test('that lost a request is status 1, and says which', async () => {
    const typist = await Typist.atStartedSite();
    new Front(typist.world, ({ number }) => (number === 3 ? { status: 503, body: 'busy' } : undefined));
    const { exit, out } = await typist.type('drill shop');
    expect(exit).toBe(Exit.failed);
    expect(out).toMatch(
      /^Lost: request 3 \(works on after its answer\), sent 1970-01-01T\S+Z, after 0\.00 s: the wrong answer, 503 busy$/m,
    );
    expect(out).toMatch(
      /\nLost 1 of \d+ requests\. See "journalctl -eu php-zd@shop -u php-zd-haproxy" and "php-zd status shop"\.\n$/,
    );
  });

  test('whose roll fails is status 1, with why', async () => {
    const typist = await atSite();
    typist.world.health.set(release('41'), { status: 500 });
    const { exit, out, err } = await typist.type('drill shop');
    expect(exit).toBe(Exit.failed);
    expect(err).toContain(`php-zd: roll of 'shop' to ${release('41')} failed: replica 3 answered /health with 500`);
    expect(out).toContain('\nNothing was lost: ');
  });

  test('that is left by ^C counts what it has seen, and the roll goes on', async () => {
    const typist = await atSite();
    // Its drain keeps the roll from its end.
    typist.world.balancer.setSessions('shop', '1', 1);
    typist.interruptAfter('Rolling');
    const { exit, out, err } = await typist.type('drill shop');
    typist.world.balancer.setSessions('shop', '1', 0);
    expect(exit).toBe(Exit.failed);
    expect(err.endsWith('Left it running. Follow it again with "php-zd follow shop".\n')).toBe(true);
    expect(out).toContain('\nThere is no receipt: the roll is not over, or was refused.\n');
    expect((await typist.type('follow shop')).exit).toBe(Exit.done);
  });

  test('with --json is its report as data', async () => {
    const { exit, out } = await (await atSite()).type('drill shop --json --clients 2');
    expect(exit).toBe(Exit.done);
    expect(JSON.parse(out)).toMatchObject([
      {
        ...{ site: 'shop', release: release('41'), clients: 2, lost: 0, losses: [], balancer: 'left alone' },
        ...{ executions: { twice: 0, never: 0, unfinished: 0 }, isCut: false, isFlawless: true },
        receipt: { requests: 0, lost: 0 },
      },
    ]);
  });
});

describe('there is no drill, and nothing is touched,', () => {
  const NO_DRILL = "php-zd: no drill of 'shop', nothing was touched: ";

  type Case = readonly [string, (typist: Typist) => unknown, string, string];

  test.each<Case>([
    [
      'of a site that is stopped',
      typist => typist.type('stop shop'),
      'drill shop',
      'it is not started; start it with "systemctl start php-zd@shop".',
    ],
    [
      'while a roll is under way',
      typist => typist.type('reload shop --no-block'),
      'drill shop',
      'a roll is under way; see when it is over with "systemctl status php-zd@shop".',
    ],
    [
      'of a site that does not serve as it should',
      typist => typist.type('stop shop --replica 1'),
      'drill shop',
      '1 of 2 replicas serve, and not as they should; see "php-zd status shop".',
    ],
    [
      'when the link names another release',
      typist => typist.world.linkTo('42'),
      'drill shop',
      `a drill rolls to what serves, ${release('41')}, and the link names ${release('42')}; ` +
        `roll first with "php-zd reload shop", or go back with "php-zd deploy shop ${release('41')}".`,
    ],
    [
      'when the site file has changed',
      typist => typist.world.configure({ more: '[env]\nA = b\n' }),
      'drill shop',
      'a drill changes nothing, and the site file or php-zd itself has changed since the last roll; ' +
        'reload once first with "php-zd reload shop".',
    ],
    [
      'when a request would outlast a drain',
      () => undefined,
      'drill shop --seconds 120',
      'a request of 2min outlasts [drain] timeout, 2min; write fewer --seconds.',
    ],
    [
      'when the application is ill',
      typist => new Front(typist.world, undefined, () => ({ status: 500 })),
      'drill shop --app',
      'the application answers /health with 500; write another path after --app-path.',
    ],
    [
      "when PHP does not run the drill's script",
      typist => new Front(typist.world, () => ({ status: 404 })),
      'drill shop',
      'PHP answers drill.php with 404; reload once first with "php-zd reload shop", and if that is no help ' +
        'look for open_basedir, disable_functions and auto_prepend_file.',
    ],
  ])('%s: status 6', async (_, provoke, line, why) => {
    const typist = await atSite();
    await provoke(typist);
    typist.world.forget();
    expect(await typist.type(line)).toEqual({ exit: Exit.refused, out: '', err: `${NO_DRILL}${why}\n` });
    expect(typist.world.systemd.asked).toEqual([]);
  });

  test('when no child would be free: status 6', async () => {
    const typist = await atSite({ site: { replicas: 1 }, more: '[pool]\npm.max_children = 1\n' });
    const { exit, err } = await typist.type('drill shop');
    expect(exit).toBe(Exit.refused);
    expect(err).toBe(
      `${NO_DRILL}of PHP's children 1 would be free, and half of these are the visitors'; ` +
        'wait for a quieter time, or write a larger pm.max_children into [pool].\n',
    );
  });

  test('of a site that there is not: status 4, and --json is an empty list', async () => {
    const err =
      "php-zd: there is no site 'nope': /etc/php-zd/sites/nope.ini does not exist.\n" +
      'See those that are there with "php-zd list", or write it with "php-zd init nope".\n';
    const typist = await atSite();
    expect(await typist.type('drill nope')).toEqual({ exit: Exit.noSuchSite, out: '', err });
    expect(await typist.type('drill nope --json')).toEqual({ exit: Exit.noSuchSite, out: '[]\n', err });
  });

  test('with --app of a site that names no page: status 2', async () => {
    const typist = await atSite();
    await typist.world.writeSite('[site]\nrelease = /srv/shop/current\nuser = shop\n[php]\nversion = 8.2\n');
    await typist.type('reload shop');
    expect(await typist.type('drill shop --app')).toEqual({
      exit: Exit.invalid,
      out: '',
      err: 'php-zd: ask for which page? [health] of shop has no path: write --app-path PATH.\n',
    });
  });

  test.each([
    ['--clients <N>', '--clients=0', 'Clients are a number from 1 to 64.'],
    ['--clients <N>', '--clients=65', 'Clients are a number from 1 to 64.'],
    ['--seconds <N>', '--seconds=0', 'Seconds are a number from 0.1 to 600.'],
    ['--app-path <PATH>', '--app-path=start', 'A path begins with "/".'],
  ])('for %s of %s: bad usage', async (option, typed, why) => {
    const value = typed.slice(typed.indexOf('=') + 1);
    expect(await (await atSite()).type(`drill shop ${typed}`)).toEqual({
      exit: Exit.invalid,
      out: '',
      err:
        `php-zd: option '${option}' argument '${value}' is invalid. ${why}\n` +
        'Usage: php-zd drill [options] <SITE>\nSee "php-zd drill --help".\n',
    });
  });
});
