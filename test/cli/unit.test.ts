import { describe, expect, test } from 'vitest';
import { Exit } from '../../src/cli/context.ts';
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
  test('rolls, and leaves the history to the settle', async () => {
    const typist = await Typist.atStartedSite();
    await typist.world.linkTo('42');
    expect(await typist.type('unit roll shop')).toEqual(silent(Exit.done));
    expect(await typist.world.picture()).toEqual(['3: 42 UP', '4: 42 UP']);
    expect(await typist.world.files.exists(paths.history)).toBe(false);
    expect(await typist.type('unit settle shop')).toEqual(silent(Exit.done));
    expect(kinds(typist).slice(-2)).toEqual(['roll-done', 'receipt']);
    expect(new Set(typist.journal.entries.map(entry => entry['PHP_ZD_ROLL']))).toEqual(new Set(['roll-1']));
  });

  test('shows in STATUS= what it is at', async () => {
    const typist = await Typist.atStartedSite();
    typist.notifier.shown.length = 0;
    await typist.type('unit roll shop');
    expect(typist.notifier.shown[0]).toMatch(/^Rolling shop to \/srv\/shop\/releases\/41 in \d+ steps\.$/);
    expect(typist.notifier.shown.at(-1)).toMatch(/^Step (\d+) of \1: promoting /);
  });

  test('begins its log anew, and the settle goes on with it', async () => {
    const typist = await Typist.atStartedSite();
    await typist.type('unit roll shop');
    expect((await rollLog(typist))[0]).toMatchObject({ roll: 'roll-1', event: { kind: 'roll-started' } });
    await typist.type('unit settle shop');
    const whole = await rollLog(typist);
    expect([whole[0].event.kind, whole.at(-1).event.kind]).toEqual(['roll-started', 'receipt']);
    expect(new Set(whole.map(entry => entry.roll))).toEqual(new Set(['roll-1']));
    await typist.type('unit roll shop');
    expect(new Set((await rollLog(typist)).map(entry => entry.roll))).toEqual(new Set(['roll-2']));
  });

  test('that fails is status 1, and what is refused is status 2', async () => {
    const typist = await Typist.atStartedSite();
    typist.world.health.set(release('42'), { status: 500 });
    await typist.world.linkTo('42');
    expect(await typist.type('unit roll shop')).toEqual(silent(Exit.failed));
    expect(kinds(typist).at(-1)).toBe('roll-failed');
    await typist.world.writeSite('[site]\n');
    expect(await typist.type('unit roll shop')).toEqual(silent(Exit.invalid));
    expect(kinds(typist).at(-1)).toBe('refused');
  });
});

describe('the unit verb settle', () => {
  test('brings back what was promoted, and gives the outcome of the roll', async () => {
    const typist = await Typist.atStartedSite();
    typist.world.health.set(release('42'), { status: 500 });
    await typist.world.linkTo('42');
    await typist.type('unit roll shop');
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
    systemd.set('php-zd-gate-shop@2.service', { activeState: 'activating' });
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
