import { dirname } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { execUnit } from '../../../src/base/paths.ts';
import type { UnitState } from '../../../src/ports/systemd.ts';
import { type ExecRequest, execInView } from '../../../src/run/transient/exec.ts';
import { failure } from '../../fakes/failure.ts';
import type { FakeUnitOptions } from '../../fakes/fake-systemd.ts';
import { propertyRuns } from '../../property-runs.ts';
import { paths, release, World } from '../world.ts';

const UNIT = execUnit('shop', 'id');
const REQUEST: ExecRequest = {
  ...{ site: 'shop', id: 'id', release: undefined, isWritable: false, hasTerminal: false },
  command: ['id'],
};

interface Seen {
  readonly args: readonly string[];
  /** What lies in the directory of the view while the command runs. */
  readonly files: readonly string[];
  readonly environment: string | undefined;
  readonly identity: string | undefined;
  readonly attributes: unknown;
  /** What is laid into the view. */
  readonly mounts: string | undefined;
}

/** Runs it with a systemd-run that leaves the unit like this and gives this status. */
const exec = async (
  world: World,
  request: Partial<ExecRequest>,
  end: Partial<UnitState> = {},
  status = 0,
  options: FakeUnitOptions = {},
) => {
  const seen: Seen[] = [];
  world.systemd.add(UNIT, { isOneshot: true, ...options });
  const result = execInView(world.ports, { ...REQUEST, ...request }, async (program, args) => {
    expect([program, ...args.slice(0, 4)]).toEqual([
      ...['env', '--ignore-signal=TERM,INT,HUP', '/usr/bin/perl'],
      ...[`${dirname(world.ports.program)}/without-terminal.pl`, 'systemd-run'],
    ]);
    const file = `${paths.view('id')}/environment`;
    const environment = await world.files.read(file);
    const files = await world.files.list(paths.view('id'));
    const identity = await world.files.read(`${paths.view('id')}/identity`);
    const mounts = await world.files.read(`${paths.view('id')}/mounts`);
    seen.push({ args, files, environment, identity, mounts, attributes: world.files.attributes(file) });
    world.systemd.set(UNIT, end);
    return status;
  });
  return { result: await result, seen: seen[0] };
};

const laid = (access: 'ro' | 'rw', name: string): string =>
  `${access}\t/srv/shop/releases/.shop.live\t${release(name)}\n`;

const SHARED = '[shared]\npublic/index.php = /srv/shop/shared/storage\n';

const propertiesIn = ({ args }: Seen, name: string): readonly string[] =>
  args.filter(arg => arg.startsWith(`--property=${name}=`)).map(arg => arg.slice(`--property=${name}=`.length));

test('a command sees the promoted release, wherever the link points and whatever the site file says by now', async () => {
  const world = await World.serving({ more: '[env]\nAPP = one\n' });
  await world.linkTo('42');
  await world.configure({ more: '[env]\nAPP = two\n' });
  const { seen } = await exec(world, {});
  expect(seen?.environment).toBe('APP="one"\n');
  expect(seen?.mounts).toBe(laid('ro', '41'));
});

test('a named release is seen with the site file as it is now, at the place that it would have', async () => {
  const world = await World.serving({ more: '[env]\nAPP = one\n' });
  await world.configure({ more: '[env]\nAPP = two\n' });
  const { seen } = await exec(world, { release: release('42'), isWritable: true });
  expect(seen?.environment).toBe('APP="two"\n');
  expect(seen?.mounts).toBe(laid('rw', '42'));
});

/** Names that a directory can have, with what means something to systemd more often than by chance. */
const anyName = fc
  .array(fc.oneof(fc.constantFrom(' ', ':', '%', '%i', '"', "'", '\\', '$', ';', '#', ' /root:/mnt', '+'), fc.string()))
  .map(parts => `a${parts.join('').replace(/[^\x20-\x7e]|\/\.*/gu, '')}b`);

test('whatever the name of a release, settings of the service are those of any other release', async () => {
  const plain = await exec(await World.serving(), { release: release('42') });
  await fc.assert(
    fc.asyncProperty(anyName, async name => {
      const world = await World.serving();
      world.addWhole(name);
      const { seen } = await exec(world, { release: release(name) });
      expect(seen?.mounts).toBe(laid('ro', name));
      expect(seen?.args).toEqual(plain.seen?.args);
    }),
    propertyRuns(50),
  );
});

test("variables stand in a file of root alone, and nowhere else, with those that the site's own file had in the roll", async () => {
  const world = new World();
  world.variables = 'MORE=one\nAPP=file\n';
  await world.serve({ site: { environment_file: '/etc/shop/env' }, more: '[env]\nAPP = s3cret\n' });
  world.variables = 'MORE=two\n';
  const { seen } = await exec(world, {});
  expect(seen?.args.filter(arg => arg.includes('s3cret'))).toEqual([]);
  expect(seen && propertiesIn(seen, 'EnvironmentFile')).toEqual([`${paths.view('id')}/environment`]);
  expect(seen?.environment).toBe('MORE="one"\nAPP="s3cret"\n');
  expect(seen?.attributes).toEqual({ mode: 0o600, gid: 0 });
});

test('nothing of the view is left when the command is over', async () => {
  const world = await World.serving();
  const { seen } = await exec(world, {});
  expect(seen?.files).toEqual([
    ...['daemons', 'environment', 'identity', 'mounts', 'php', 'php-fpm.conf', 'replica.service'],
  ]);
  expect(await world.files.list(paths.views)).toEqual([]);
});

test("a command gets what drop-ins of the replicas' unit say of each process, for as long as it runs", async () => {
  const world = await World.serving();
  const directory = '/etc/systemd/system/php-zd-fpm-shop@.service.d';
  const own = `/run/systemd/system/${UNIT}.d`;
  await world.files.makeDirectory(own);
  await world.files.write(`${own}/50-of-a-kill.conf`, '[Service]\nNice=19\n');
  await world.files.makeDirectory(directory);
  await world.files.write(`${directory}/10-data.conf`, '[Service]\nReadWritePaths=/srv/data\nRestart=no\n');
  await world.files.write(`${directory}/20-life.conf`, '[Service]\nExecStartPre=/bin/true\n');
  const dropIns = ['10-data.conf', '20-life.conf', '30-gone.conf'].map(name => `${directory}/${name}`);
  world.systemd.add('php-zd-fpm-shop@.service', { dropIns });
  world.systemd.add(UNIT, { isOneshot: true });
  let during: readonly unknown[] = [];
  await execInView(world.ports, REQUEST, async () => {
    const file = `${own}/10-data.conf`;
    during = [await world.files.list(own), await world.files.read(file), world.files.attributes(file)];
    return 0;
  });
  expect(during).toEqual([['10-data.conf'], '[Service]\nReadWritePaths=/srv/data\n', { mode: 0o600, gid: 0 }]);
  expect(await world.files.exists(own)).toBe(false);
});

test('the words of a command reach it as they are', async () => {
  const world = await World.serving();
  const { seen } = await exec(world, { command: ['php', '$HOME', '$$', '%i', ''] });
  expect(seen?.args.slice(seen.args.lastIndexOf('--'))).toEqual(['--', 'php', '$$HOME', '$$$$', '%i', '']);
});

test('a command runs only where the release is what was found fit, with a status of php-zd itself otherwise', async () => {
  const world = await World.serving({ more: SHARED });
  const { seen } = await exec(world, {});
  const at = seen?.args.lastIndexOf('/usr/bin/perl') ?? 0;
  expect(seen?.args.slice(at, at + 14)).toEqual([
    ...['/usr/bin/perl', '/bin/ask-for-mounts.pl', '125', '125'],
    ...['/usr/bin/dash', '/bin/enter-view.sh', '125', paths.identity, '-', '/srv/shop/releases/.shop.live', '--'],
    ...['/usr/bin/env', '--chdir=/srv/shop/releases/.shop.live', '--'],
  ]);
  const inode = (path: string) => `1700000000 ${world.files.inodeOf(path)}`;
  const shared = `${inode('/srv/shop/shared/storage')} public/index.php /srv/shop/shared/storage\n`;
  expect(seen?.identity).toBe(`${inode(release('41'))}\n${shared}`);
  const named = await exec(world, { release: release('42') });
  expect(named.seen?.identity).toBe(`${inode(release('42'))}\n${shared}`);
});

test.each([
  ['its own status', { activeState: 'failed', result: 'exit-code', mainStatus: 7 }, 7, 7],
  ['0', {}, 0, 0],
  ['128 and the signal that ended it', { activeState: 'failed', result: 'signal', mainStatus: 15 }, 255, 143],
])('a command gives %s', async (_, end, status, given) => {
  const world = await World.serving();
  expect((await exec(world, {}, end, status)).result).toEqual({ unit: UNIT, status: given });
  expect((await world.systemd.unit(UNIT)).activeState).toBe('inactive');
});

test.each([
  ['well', {}, 0],
  ['with a status', { activeState: 'failed', result: 'exit-code', mainStatus: 7 }, 7],
  ['by the signal', { activeState: 'failed', result: 'signal', mainStatus: 15 }, 143],
  ['not before it was killed', { activeState: 'failed', result: 'timeout', mainStatus: 9 }, 137],
])('a command whose onlooker was ended is ended too, and tells how: %s', async (_, end, status) => {
  const world = await World.serving();
  const onStop = () => world.systemd.set(UNIT, end);
  const { result } = await exec(world, {}, { activeState: 'activating', mainPid: 7 }, 143, { onStop });
  expect(result.status).toBe(status);
  expect(world.systemd.asked).toContain(`stop ${UNIT}`);
});

test.each([
  ['that runs', { activeState: 'activating', mainPid: 7 }, true, [`kill ${UNIT} 1`]],
  ['that is stopped, which has it by that', { activeState: 'deactivating', mainPid: 7 }, true, []],
  ['that has not begun', { activeState: 'inactive', mainPid: 0 }, false, []],
] as const)('a signal is passed on to a command %s', async (_, state, isPassed, kills) => {
  const world = await World.serving();
  world.systemd.add(UNIT, { isOneshot: true });
  let passed: boolean | undefined;
  await execInView(world.ports, REQUEST, async (_program, _args, passOn) => {
    world.systemd.set(UNIT, state);
    passed = await passOn?.(1);
    world.systemd.set(UNIT, { activeState: 'inactive' });
    return 0;
  });
  expect(passed).toBe(isPassed);
  expect(world.systemd.asked.filter(asked => asked.startsWith('kill'))).toEqual(kills);
});

test.each([
  ['/system.slice/w.service', '7', ['w.service'], ['1h']],
  ['/system.slice/w.service', '8', [], []],
  ['/user.slice/user-1000.slice/session-3.scope', '7', [], []],
])(
  'a command is stopped with the service whose main process php-zd is, and as that is: %s %s',
  async (group, pid, units, spans) => {
    const world = await World.serving();
    await world.files.makeDirectory('/proc/self');
    await world.files.write('/proc/self/cgroup', `0::${group}\n`);
    const readLink = world.files.readLink.bind(world.files);
    world.files.readLink = async path => (path === '/proc/self' ? pid : await readLink(path));
    const shown = 'MainPID=7\nTimeoutStopUSec=1h\nKillMode=mixed\nKillSignal=2\n';
    world.commands.programs.set('systemctl', ({ args }) => (args.at(-1) === 'w.service' ? shown : ''));
    const { seen } = await exec(world, {});
    expect(seen && propertiesIn(seen, 'StopPropagatedFrom')).toEqual(units);
    expect(seen && propertiesIn(seen, 'TimeoutStopSec')).toEqual(spans);
    expect(seen && propertiesIn(seen, 'KillSignal')).toEqual(spans.map(() => '2'));
    expect(seen && propertiesIn(seen, 'KillMode')).toEqual(spans.map(() => 'mixed'));
  },
);

test('what systemd could not even begin is told', async () => {
  const world = await World.serving();
  const error = await failure(exec(world, {}, { activeState: 'failed', result: 'resources' }, 1));
  expect(error).toMatchObject({ code: 'job-failed', facts: { unit: UNIT, result: 'resources' } });
});

test('a site that was never started has no view, and one without a file does not exist', async () => {
  const world = new World();
  expect(await failure(exec(world, {}))).toMatchObject({ code: 'site-unknown' });
  await world.configure({});
  await world.files.makeDirectory(release('41'));
  await world.linkTo('41');
  const facts = { site: 'shop', user: 'shop' };
  expect(await failure(exec(world, {}))).toMatchObject({ code: 'not-run-yet', facts });
  expect(await failure(exec(world, { release: release('41') }))).toMatchObject({ code: 'not-run-yet', facts });
});

test('a release that is none, or lacks what every one has, is told before anything runs', async () => {
  const world = await World.serving();
  expect(await failure(exec(world, { release: '/srv/nowhere' }))).toMatchObject({ code: 'release-missing' });
  expect(await failure(exec(world, { release: '/srv/empty' }))).toMatchObject({ code: 'site-invalid' });
});
