import { describe, expect, test } from 'vitest';
import { Exit } from '../../src/cli/context.ts';
import { loadFamilies } from '../../src/cli/program.ts';
import { paths, release } from '../run/world.ts';
import { Typist } from './typist.ts';

const kinds = ({ journal }: Typist) => journal.entries.map(entry => entry['PHP_ZD_EVENT']);
const rollLog = async ({ world }: Typist) =>
  ((await world.files.read(paths.rollLog)) ?? '')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line));
const silent = (exit: number) => ({ exit, out: '', err: '' });

describe('the unit verb roll', () => {
  test('rolls and settles, and leaves proof of it for the reload that it is part of', async () => {
    const typist = await Typist.atStartedSite();
    await typist.world.linkTo('42');
    expect(await typist.type('unit roll shop')).toEqual(silent(Exit.done));
    expect(await typist.world.picture()).toEqual(['3: 42 UP', '4: 42 UP']);
    expect(kinds(typist).slice(-2)).toEqual(['roll-done', 'receipt']);
    expect(new Set(typist.journal.entries.map(entry => entry['PHP_ZD_ROLL']))).toEqual(new Set(['roll-1']));
    expect(await typist.world.files.read(paths.settled)).toBe(`${Exit.done}\n`);
  });

  test('that was killed after its last word leaves no proof, and the settle gives its outcome once more', async () => {
    const typist = await Typist.atStartedSite();
    await typist.world.linkTo('42');
    const write = typist.world.files.write.bind(typist.world.files);
    typist.world.files.write = async (path, ...rest) => {
      if (path === paths.settled) throw new Error('killed');
      await write(path, ...rest);
    };
    await expect(typist.type('unit roll shop')).rejects.toThrow('killed');
    expect(await typist.type('unit settle shop')).toEqual(silent(Exit.done));
    expect(JSON.parse((await typist.type('history shop --json')).out)).toHaveLength(1);
  });

  test('that was asked to end leaves the rest to a settle in another process', async () => {
    const typist = await Typist.atStartedSite();
    await typist.world.linkTo('42');
    // A verb is loaded when it is typed, which takes real time, and a roll in memory takes none.
    await loadFamilies();
    await typist.type('abort shop');
    let ended: Promise<unknown> | undefined;
    typist.world.onStart = () => {
      ended ??= typist.type('abort shop');
      return undefined;
    };
    expect(await typist.type('reload shop')).toMatchObject({ exit: Exit.failed });
    await ended;
    expect(await typist.world.files.exists(paths.settled)).toBe(false);
    expect(await typist.world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
  });

  test('shows in STATUS= what it is at', async () => {
    const typist = await Typist.atStartedSite();
    typist.notifier.shown.length = 0;
    await typist.type('unit roll shop');
    expect(typist.notifier.shown[0]).toMatch(/^Rolling shop to \/srv\/shop\/releases\/41 in \d+ steps\.$/);
    const steps = typist.notifier.shown.filter(line => line.startsWith('Step '));
    expect(steps.at(-1)).toMatch(/^Step (\d+) of \1: promoting /);
  });

  test('begins its log anew', async () => {
    const typist = await Typist.atStartedSite();
    await typist.type('unit roll shop');
    const whole = await rollLog(typist);
    expect([whole[0].event.kind, whole.at(-1).event.kind]).toEqual(['roll-started', 'receipt']);
    expect(new Set(whole.map(entry => entry.roll))).toEqual(new Set(['roll-1']));
    await typist.type('unit roll shop');
    expect(new Set((await rollLog(typist)).map(entry => entry.roll))).toEqual(new Set(['roll-2']));
  });

  test('that fails is status 1 and brings back what was promoted, and so is one that is refused', async () => {
    const typist = await Typist.atStartedSite();
    typist.world.health.set(release('42'), { status: 500 });
    await typist.world.linkTo('42');
    expect(await typist.type('unit roll shop')).toEqual(silent(Exit.failed));
    expect(kinds(typist)).toContain('roll-failed');
    expect(await typist.world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
    await typist.world.writeSite('[site]\n');
    expect(await typist.type('unit roll shop')).toEqual(silent(Exit.failed));
    expect(kinds(typist)).toContain('refused');
  });
});

describe('the unit verb settle', () => {
  test('brings back what was promoted after a roll that was killed, and gives its outcome', async () => {
    const typist = await Typist.atStartedSite();
    await typist.world.linkTo('42');
    typist.world.onStart = () => {
      throw new Error('killed');
    };
    await expect(typist.type('unit roll shop')).rejects.toThrow('killed');
    typist.world.onStart = () => undefined;
    expect(await typist.type('unit settle shop')).toEqual(silent(Exit.failed));
    expect(await typist.world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
  });

  test('after which a person must look is status 5', async () => {
    const typist = await Typist.atStartedSite();
    typist.world.kill(1);
    typist.world.systemd.set('php-zd-fpm-shop@1.service', { activeState: 'failed', mainPid: 0 });
    typist.world.onStart = () => 'failed';
    expect(await typist.type('unit settle shop')).toEqual(silent(Exit.look));
    expect(kinds(typist)).toContain('unsettled');
  });
});

describe('the unit verbs start and stop', () => {
  test('bring a site up and take it down', async () => {
    const typist = await Typist.atNewSite();
    expect(await typist.type('unit start shop')).toEqual(silent(Exit.done));
    expect(await typist.world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
    expect(await typist.type('unit stop shop')).toEqual(silent(Exit.done));
    expect(await typist.world.picture()).toEqual([]);
    expect(kinds(typist).slice(-2)).toEqual(['started', 'stopped']);
  });

  test('a start after which nobody serves is status 1', async () => {
    const typist = await Typist.atNewSite();
    typist.world.onStart = () => 'failed';
    expect(await typist.type('unit start shop')).toEqual(silent(Exit.failed));
  });

  test('a stop needs no site file', async () => {
    const typist = await Typist.atStartedSite();
    await typist.world.files.remove('/etc/php-zd/sites/shop.ini');
    expect(await typist.type('unit stop shop')).toEqual(silent(Exit.done));
    expect(await typist.world.picture()).toEqual([]);
  });

  test('what a warning says is in the journal', async () => {
    const typist = await Typist.atNewSite();
    await typist.addBlog();
    const blog = (await typist.world.files.read('/etc/php-zd/sites/blog.ini')) ?? '';
    await typist.world.files.write('/etc/php-zd/sites/blog.ini', blog.replace('user = store', 'user = shop'));
    await typist.type('unit start shop');
    expect(typist.journal.entries[0]?.['MESSAGE']).toContain("sites 'shop' and 'blog' run as one user, 'shop'");
  });
});

describe("the verbs of a replica's unit", () => {
  test('drain takes it out of the balancer, admit puts it back', async () => {
    const typist = await Typist.atStartedSite();
    expect(await typist.type('unit drain shop 1 --timeout 5s')).toEqual(silent(Exit.done));
    expect(await typist.world.picture()).toEqual(['1: 41 DRAIN', '2: 41 UP']);
    expect(await typist.type('unit admit shop 1')).toEqual(silent(Exit.done));
    expect(await typist.world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
    expect(kinds(typist)).toEqual(['replica-drained', 'replica-admitted']);
  });

  test('drain waits for a replica that is just being put into the balancer, but not for ever', async () => {
    const typist = await Typist.atStartedSite();
    const { clock, systemd } = typist.world;
    systemd.set('php-zd-admit-shop@2.service', { activeState: 'activating' });
    const from = clock.monotonicMs();
    expect(await typist.type('unit drain shop 1 --timeout 5s')).toEqual(silent(Exit.done));
    expect(clock.monotonicMs() - from).toBeGreaterThanOrEqual(10_000);
    expect(await typist.world.picture()).toEqual(['1: 41 DRAIN', '2: 41 UP']);
  });

  test('a replica that cannot be drained is stopped all the same, and it is said', async () => {
    const typist = await Typist.atStartedSite();
    typist.world.balancer.setSessions('shop', '1', 1);
    expect(await typist.type('unit drain shop 1 --timeout 1s')).toEqual(silent(Exit.done));
    expect(typist.journal.entries.at(-1)).toMatchObject({ PHP_ZD_EVENT: 'replica-not-drained', PHP_ZD_REPLICA: '1' });
  });

  test('reap stops a parked replica when its last requests have ended', async () => {
    const typist = await Typist.atStartedSite({ more: '[drain]\ntimeout = 1s\non_timeout = park\n' });
    typist.world.balancer.setSessions('shop', '1', 1);
    await typist.type(`deploy shop ${release('42')}`);
    expect(await typist.type('unit reap shop:1')).toEqual(silent(Exit.done));
    expect(typist.world.replicas.has(1)).toBe(true);
    typist.world.balancer.setSessions('shop', '1', 0);
    expect(await typist.type('unit reap shop:1')).toEqual(silent(Exit.done));
    expect(typist.world.replicas.has(1)).toBe(false);
    expect(kinds(typist).at(-1)).toBe('unparked');
  });
});

describe('before there is a site to speak for', () => {
  test.each([
    ['unit start nope', Exit.invalid, "there is no site 'nope': /etc/php-zd/sites/nope.ini does not exist\n"],
    [
      'unit settle nope',
      Exit.failed,
      'what is promoted of \'nope\' cannot be read: roll once with "php-zd reload nope"\n',
    ],
  ])('"%s" says why on stderr, which is the journal too', async (line, exit, err) => {
    expect(await (await Typist.atStartedSite()).type(line)).toEqual({ exit, out: '', err });
  });

  test('a bus that is away is status 1', async () => {
    const typist = await Typist.atStartedSite();
    typist.world.systemd.loseBus();
    expect(await typist.type('unit stop shop')).toEqual({
      exit: Exit.failed,
      out: '',
      err: 'systemd cannot be reached over D-Bus (the bus closed the connection)\n',
    });
  });
});

test('the unit verbs are not among those of people', async () => {
  expect((await (await Typist.atNewSite()).type('help')).out).not.toMatch(/^ {2}unit /m);
});

test('the unit verb keep-parts writes what HAProxy lacks of a site that runs, and of no other', async () => {
  const typist = await Typist.atStartedSite();
  const { files, systemd } = typist.world;
  const part = await files.read(paths.balancerConfig);
  expect(await typist.type('unit keep-parts')).toEqual(silent(Exit.done));
  expect(kinds(typist)).toEqual([]);
  await files.remove(paths.balancerConfig);
  systemd.set('php-zd@shop.service', { activeState: 'inactive' });
  expect(await typist.type('unit keep-parts')).toEqual(silent(Exit.done));
  expect(await files.exists(paths.balancerConfig)).toBe(false);
  systemd.set('php-zd@shop.service', { activeState: 'active' });
  expect(await typist.type('unit keep-parts')).toEqual(silent(Exit.done));
  expect(await files.read(paths.balancerConfig)).toBe(part);
  expect(kinds(typist)).toEqual(['applied']);
  // What somebody wrote into it is left until HAProxy does not take it.
  await files.write(paths.balancerConfig, 'garbage');
  expect(await typist.type('unit keep-parts')).toEqual(silent(Exit.done));
  expect(await files.read(paths.balancerConfig)).toBe('garbage');
  expect(await typist.type('unit keep-parts --changed')).toEqual(silent(Exit.done));
  expect(await files.read(paths.balancerConfig)).toBe(part);
  expect(kinds(typist)).toEqual(['applied', 'applied']);
});
