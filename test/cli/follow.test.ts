import { describe, expect, test } from 'vitest';
import { PhpZdError } from '../../src/base/errors.ts';
import { siteUnit } from '../../src/base/paths.ts';
import { Exit } from '../../src/cli/context.ts';
import { loadFamilies } from '../../src/cli/program.ts';
import { instantWords } from '../../src/report/words/time.ts';
import { paths, release } from '../run/world.ts';
import { butSteps, rolledTold, Typist } from './typist.ts';

const QUIET = 'No roll of shop is under way.\n';

/** At a site of which another user has just asked for a roll from release 41 to 42. */
const whileRolling = async (): Promise<Typist> => {
  const typist = await Typist.atStartedSite();
  await typist.world.linkTo('42');
  // A verb is loaded when it is typed, which takes real time, and a roll in memory takes none.
  await loadFamilies();
  await typist.type('reload shop --no-block');
  return typist;
};

/** A port, some of whose methods are others. */
const overlaid = <Port extends object>(port: Port, methods: Partial<Port>): Port =>
  new Proxy(port, {
    get: (target, name) => {
      if (name in methods) return Reflect.get(methods, name);
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

describe('a roll that is under way', () => {
  test('is shown from its begin to its end', async () => {
    const typist = await whileRolling();
    await typist.world.clock.sleep(50);
    const { exit, out, err } = await typist.type('follow shop');
    expect({ exit, out, err: butSteps(err) }).toEqual({ exit: Exit.done, out: '', err: rolledTold('41', '42') });
    expect(err).toMatch(/^Step 1 of \d+: writing the configuration\.\nStep 2 of \d+: holding replica 3\.$/m);
  });

  test('cannot be followed where its log cannot be read, and what was not awaited by then ends nobody', async () => {
    const typist = await whileRolling();
    const { files, systemd } = typist.world;
    const gone = new PhpZdError('bus-unavailable', { address: 'unix:path=/bus', reason: 'closed' });
    const readLines = async () => {
      await new Promise(resolve => setTimeout(resolve, 20));
      throw new PhpZdError('file-system', { path: paths.rollLog, errno: 'EIO' });
    };
    typist.ports = {
      ...typist.ports,
      files: overlaid(files, { readLines }),
      systemd: overlaid(systemd, { watch: () => Promise.reject(gone) }),
    };
    const { exit, err } = await typist.type('follow shop');
    expect({ exit, first: err.split('\n')[0] }).toEqual({
      exit: Exit.failed,
      first: expect.stringContaining('roll.jsonl'),
    });
  });

  test('is told from the one before it, whose last words still stand there', async () => {
    const typist = await Typist.atStartedSite();
    await typist.type(`deploy shop ${release('42')}`);
    await typist.world.linkTo('43');
    // systemd is at it, and its process has yet to say its first word.
    typist.world.systemd.set(siteUnit('shop'), { activeState: 'reloading' });
    const following = typist.type('follow shop');
    await typist.world.clock.sleep(250);
    await typist.type('unit roll shop');
    await typist.type('unit settle shop');
    typist.world.systemd.set(siteUnit('shop'), { activeState: 'active' });
    expect(butSteps((await following).err)).toBe(rolledTold('42', '43'));
  });

  test('with --json is its events, one a line, on stdout', async () => {
    const { exit, out, err } = await (await whileRolling()).type('follow shop --json');
    expect({ exit, err }).toEqual({ exit: Exit.done, err: '' });
    const kinds = out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line).event.kind);
    expect([kinds[0], kinds.at(-1)]).toEqual(['roll-started', 'receipt']);
  });

  test('and fails is status 1, with why', async () => {
    const typist = await whileRolling();
    typist.world.health.set(release('42'), { status: 500 });
    const { exit, err } = await typist.type('follow shop');
    expect(exit).toBe(Exit.failed);
    expect(err.slice(err.indexOf('php-zd: roll'))).toBe(
      `php-zd: roll of 'shop' to ${release('42')} failed: replica 3 answered /health with 500 (wanted 200) for 900ms.\n` +
        `${release('41')} serves on every replica.\n` +
        'See "journalctl -eu php-zd@shop.service", "php-zd status shop" or "php-zd doctor shop".\n',
    );
  });

  test('goes on when whoever follows it leaves by ^C', async () => {
    const typist = await whileRolling();
    typist.interruptAfter('Rolling');
    const { exit, err } = await typist.type('follow shop');
    expect(exit).toBe(Exit.failed);
    expect(err.endsWith('Left it running. Follow it again with "php-zd follow shop".\n')).toBe(true);
    expect((await typist.type('follow shop')).exit).toBe(Exit.done);
    expect(await typist.world.picture()).toEqual(['3: 42 UP', '4: 42 UP']);
  });

  test('on a terminal is a picture', async () => {
    const typist = await whileRolling();
    const size = () => ({ columns: 100, rows: 24 });
    typist.errTerminal = { size, hasColour: false, onResize: () => () => undefined };
    const { err } = await typist.type('follow shop');
    expect(err).not.toMatch(/^Step 1 of/m);
    expect(err.endsWith(rolledTold('41', '42').split('\n').slice(1).join('\n'))).toBe(true);
  });
});

describe('a start that is under way', () => {
  test('is shown to its end', async () => {
    const typist = await Typist.atNewSite();
    await typist.type('start shop --no-block');
    const { exit, err } = await typist.type('follow shop');
    expect(exit).toBe(Exit.done);
    expect(err.endsWith(`\nStarted shop on ${release('41')}: 2 replicas serve.\n`)).toBe(true);
  });

  test('and fails is status 1', async () => {
    const typist = await Typist.atNewSite();
    typist.world.onStart = () => 'failed';
    await typist.type('start shop --no-block');
    const { exit, err } = await typist.type('follow shop');
    expect(exit).toBe(Exit.failed);
    expect(
      err.endsWith(
        'php-zd: systemd could not start php-zd@shop.service (failed).\n' +
          'See "journalctl -eu php-zd@shop.service", "php-zd status shop" or "php-zd doctor shop".\n',
      ),
    ).toBe(true);
  });
});

describe('when no roll is under way', () => {
  test('the last one is told, on stdout', async () => {
    const typist = await Typist.atStartedSite();
    await typist.type(`deploy shop ${release('42')}`);
    const [, , ...receipt] = rolledTold('41', '42').split('\n').slice(1);
    expect(await typist.type('follow shop')).toEqual({
      exit: Exit.done,
      out:
        `The last roll of shop to ${release('42')} (from ${release('41')}): rolled, ${instantWords(1_000_460)}.\n` +
        receipt.join('\n'),
      err: QUIET,
    });
  });

  test('a last one that failed is told with why', async () => {
    const typist = await Typist.atStartedSite();
    typist.world.health.set(release('42'), { status: 500 });
    await typist.type(`deploy shop ${release('42')}`);
    const { exit, out } = await typist.type('follow shop');
    expect(exit).toBe(Exit.done);
    expect(out).toMatch(/^The last roll of shop to \S+ \(from \S+\): rolled back, /);
    expect(out.split('\n')[1]).toBe('It failed: replica 3 answered /health with 500 (wanted 200) for 900ms.');
  });

  test('a site that was never rolled has nothing to tell', async () => {
    const typist = await Typist.atStartedSite();
    expect(await typist.type('follow shop')).toEqual({ exit: Exit.done, out: '', err: QUIET });
    expect(await typist.type('follow shop --json')).toEqual({ exit: Exit.done, out: '', err: '' });
  });

  test('with --json the last one is a line of its history', async () => {
    const typist = await Typist.atStartedSite();
    await typist.type(`deploy shop ${release('42')}`);
    const { exit, out, err } = await typist.type('follow shop --json');
    expect({ exit, err }).toEqual({ exit: Exit.done, err: '' });
    expect(JSON.parse(out)).toMatchObject({ site: 'shop', id: 'roll-1', outcome: 'rolled', release: release('42') });
    expect(out.trimEnd().split('\n')).toHaveLength(1);
  });

  test('each of several sites is told, and one that there is not is status 4', async () => {
    const { exit, err } = await (await Typist.atStartedSite()).type('follow nope shop');
    expect(exit).toBe(Exit.noSuchSite);
    expect(err).toBe(
      "php-zd: there is no site 'nope': /etc/php-zd/sites/nope.ini does not exist.\n" +
        `See those that are there with "php-zd list", or write it with "php-zd init nope".\n${QUIET}`,
    );
  });

  test('without systemd there is nothing to follow, with status 1', async () => {
    const typist = await Typist.atStartedSite();
    typist.world.systemd.loseBus();
    expect((await typist.type('follow shop')).exit).toBe(Exit.failed);
  });
});

test('the bus that goes away while one follows is status 1, and the roll goes on', async () => {
  const typist = await whileRolling();
  const { world } = typist;
  let isFirst = true;
  world.clock.onSleep = () => {
    if (isFirst) world.systemd.loseBus();
    world.systemd.restoreBus();
    isFirst = false;
  };
  const { exit, err } = await typist.type('follow shop');
  expect(exit).toBe(Exit.failed);
  expect(
    err.endsWith(
      'php-zd: systemd cannot be reached over D-Bus (the bus closed the connection).\n' +
        'What serves goes on serving. See "systemctl status dbus".\n',
    ),
  ).toBe(true);
  expect((await world.systemd.unit(siteUnit('shop'))).activeState).toBe('reloading');
});
