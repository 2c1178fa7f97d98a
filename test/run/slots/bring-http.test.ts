import { describe, expect, test } from 'vitest';
import { httpSocketUnit, httpUnit } from '../../../src/base/paths.ts';
import { glanceAtHost } from '../../../src/run/observe/host-glance.ts';
import { isFullyServing, observeStatus } from '../../../src/run/observe/status.ts';
import { paths, World } from '../world.ts';

const SOCKET = httpSocketUnit('shop');
const SERVICE = httpUnit('shop');

/** A world whose site comes to be reached over HTTP by a roll. */
const reached = async (http = '127.0.0.1:8080'): Promise<World> => {
  const world = await World.serving();
  world.systemd.add(SOCKET);
  world.systemd.add('php-zd-http@.service', { onReload: () => undefined });
  await configure(world, `http = ${http}`);
  return world;
};

const configure = async (world: World, ...lines: readonly string[]) => {
  await world.configure({ more: `[listen]\n${lines.join('\n')}\n` });
  world.forget();
  const outcome = await world.rollTo('41');
  return { outcome, asked: world.systemd.asked.filter(job => job.includes('php-zd-http')) };
};

const states = async ({ systemd }: World) =>
  await Promise.all([SOCKET, SERVICE].map(async unit => (await systemd.unit(unit)).activeState));

describe('a site that is to be reached over HTTP', () => {
  test('is, by its own units, once it is rolled', async () => {
    const world = await reached();
    expect(await states(world)).toEqual(['active', 'active']);
    expect(await world.files.read(paths.httpSocket)).toContain('ListenStream=127.0.0.1:8080\n');
  });

  test('is left alone by a roll that changes nothing of it', async () => {
    const world = await reached();
    world.forget();
    expect(await world.rollTo('43')).toBe('rolled');
    expect(world.systemd.asked.filter(job => job.includes('php-zd-http'))).toEqual([]);
  });

  test('has no connection ended for another edge', async () => {
    const world = await reached();
    expect(await configure(world, 'http = 127.0.0.1:8080', 'edge = headers')).toEqual({
      outcome: 'rolled',
      asked: [`reload ${SERVICE}`],
    });
  });

  test('has its former place until the requests there have ended, and then the new one', async () => {
    const world = await reached();
    const { asked } = await configure(world, 'http = *:81');
    expect(asked).toEqual([`stop ${SERVICE}`, `stop ${SOCKET}`, `start ${SOCKET}`, `start ${SERVICE}`]);
  });

  test('is told of what a killed roll had written and not told', async () => {
    const world = await reached();
    await world.files.write(paths.toldHttpConfig, 'what it was before');
    world.forget();
    await world.settle();
    expect(world.systemd.asked.filter(job => job.includes('php-zd-http'))).toEqual([`reload ${SERVICE}`]);
  });

  test('listens anew after a roll that was killed when systemd had read of another place', async () => {
    const world = await reached();
    await world.files.remove(paths.toldHttpSocket);
    world.forget();
    await world.settle();
    const asked = world.systemd.asked.filter(job => job.includes('php-zd-http'));
    expect(asked).toEqual([`stop ${SERVICE}`, `stop ${SOCKET}`, `start ${SOCKET}`, `start ${SERVICE}`]);
  });

  test('is not well while one of its units does not run, and the settle puts it right', async () => {
    const world = await reached();
    world.systemd.set(SERVICE, { activeState: 'failed' });
    const { run } = await world.load();
    const look = async () => await observeStatus(run, await glanceAtHost(world.ports, ['shop']), { isDetailed: false });
    const status = await look();
    expect(status.httpDown).toEqual({ unit: SERVICE, state: 'failed' });
    expect(isFullyServing(status)).toBe(false);
    await world.settle();
    expect((await look()).httpDown).toBeUndefined();
  });

  test('is reached no more, and nothing of it is left, once its file says nothing of it', async () => {
    const world = await reached();
    expect((await configure(world, 'mode = 0660')).asked).toEqual([`stop ${SERVICE}`, `stop ${SOCKET}`]);
    const left = [paths.httpSocket, paths.httpConfig, paths.toldHttpSocket, paths.toldHttpConfig];
    expect(await Promise.all(left.map(path => world.files.exists(path)))).toEqual([false, false, false, false]);
  });

  test('goes back to what it was when the roll fails since its new place cannot be had', async () => {
    const world = await reached();
    const isTaken = async () => (await world.files.read(paths.httpSocket))?.includes('=81') ?? false;
    world.systemd.add(SOCKET, { onStart: async () => ((await isTaken()) ? 'failed' : undefined) });
    expect((await configure(world, 'http = *:81')).outcome).toBe('rolled-back');
    expect(await states(world)).toEqual(['active', 'active']);
    expect(await world.files.read(paths.toldHttpSocket)).toContain('ListenStream=127.0.0.1:8080\n');
  });
});

describe('a site whose replicas come to have web servers', () => {
  const webOf = (kind: string) => `[listen]\nhttp = *:8080\n[web]\nserver = ${kind}\n`;
  const WEB = webOf('nginx');
  const toWeb = async (world: World): Promise<string> => (await world.files.read(paths.httpConfig)) ?? '';
  const withWeb = async (): Promise<World> => {
    const world = await reached();
    world.programs.push('/usr/sbin/nginx', '/usr/sbin/apache2', '/usr/bin/caddy');
    world.systemd.add('php-zd-web-shop@.service');
    for (const slot of [1, 2, 3, 4]) world.web.serve(paths.webSocket(slot), () => ({ body: 'well' }));
    return world;
  };
  const roll = async (world: World, more: string): Promise<string> => {
    await world.configure({ more });
    world.forget();
    return await world.rollTo('41');
  };

  test('is the front controller over HTTP as long as one replica has none, and then the whole of each replica', async () => {
    const world = await withWeb();
    const during: boolean[] = [];
    world.onStart = () => void toWeb(world).then(text => during.push(text.includes('proto fcgi')));
    expect(await roll(world, WEB)).toBe('rolled');
    expect(new Set(during)).toEqual(new Set([true]));
    expect(await toWeb(world)).toContain(`server php-zd unix@${paths.webFront}`);
    expect(world.systemd.asked.filter(job => job.includes('php-zd-web-shop@'))).toHaveLength(2);
  });

  test('and back: from the first moment on it is the front controller again, and of the web servers nothing is left', async () => {
    const world = await withWeb();
    await roll(world, WEB);
    const during: boolean[] = [];
    world.onStart = () => void toWeb(world).then(text => during.push(text.includes('proto fcgi')));
    expect(await roll(world, '[listen]\nhttp = *:8080\n')).toBe('rolled');
    expect(new Set(during)).toEqual(new Set([true]));
    expect(await world.files.read(paths.balancerConfig)).not.toContain(':web');
    expect((await world.files.list('/etc/systemd/system')).filter(unit => unit.includes('-web-'))).toEqual([]);
  });

  test('has each replica find its sockets as the web server of that replica wants it, in the middle of a change to another one too', async () => {
    const world = await withWeb();
    await roll(world, WEB);
    // The replicas are in the slots 1 and 2 now.
    const during: (string | undefined)[] = [];
    world.onStart = () => void world.files.read(paths.webSlot(1)).then(text => during.push(text));
    expect(await roll(world, webOf('caddy'))).toBe('rolled');
    expect(during[0]).toContain('listen unix:');
    for (const slot of [3, 4]) {
      expect(await world.files.read(paths.webSlot(slot))).toContain(`bind unix/${paths.webSocket(slot)}`);
    }
  });

  const OWN = '/var/lib/php-zd/shop/web-include.conf';
  test.each([
    ['nginx', `[emerg] unknown directive "nonsense" in ${OWN}:3`, 3],
    ['nginx', '[emerg] host not found in /var/lib/php-zd/shop/web.conf:3', undefined],
    ['apache', `AH00526: Syntax error on line 2 of ${OWN}:\nInvalid command 'nonsense'`, 2],
    [
      'apache',
      `Syntax error on line 7 of /var/lib/php-zd/shop/web.conf: Syntax error on line 4 of ${OWN}: not closed`,
      4,
    ],
    ['apache', 'Syntax error on line 7 of /var/lib/php-zd/shop/web.conf: cannot load', undefined],
    [
      'caddy',
      `tokens for 'route': web.conf:9 - Error during parsing: tokens for 'respond': ${OWN}:5 - Error during parsing: Wrong`,
      5,
    ],
    [
      'caddy',
      "tokens for 'route': web.conf:9 - Error during parsing: unrecognized directive: nonsense - are you sure",
      2,
    ],
    ['caddy', "tokens for 'route': web.conf:9 - Error during parsing: unrecognized directive: other", undefined],
  ])('is refused when %s says %s', async (kind, said, line) => {
    const world = await withWeb();
    const service = world.onService;
    world.variables = '# mine\nnonsense on\n';
    world.onService = run =>
      run.args.some(word => word.includes('.php-zd-web')) ? { status: 1, output: said } : service(run);
    expect(await roll(world, `${webOf(kind)}include = /etc/shop.conf\n`)).toBe('refused');
    const refused = world.events.find(event => event.kind === 'refused');
    if (line === undefined) return expect(refused).toMatchObject({ error: { code: 'command-failed' } });
    expect(refused).toMatchObject({ error: { problems: [{ file: '/etc/shop.conf', line }] } });
  });

  test.each([
    ['nginx', `2026/11/28 11:04:21 [warn] 58#58: duplicate extension "html" in ${OWN}:3\n[warn] x in /other:4`, 3],
    ['apache', `[core:warn] [pid 1] AH00114: Useless use of AllowOverride in line 2 of ${OWN}.\nSyntax OK`, 2],
  ])('tells once what %s warns of, and rolls', async (kind, said, line) => {
    const world = await withWeb();
    const service = world.onService;
    world.variables = '# mine\n';
    world.onService = run => (run.args.some(word => word.includes('.php-zd-web')) ? said : service(run));
    expect(await roll(world, `${webOf(kind)}include = /etc/shop.conf\n`)).toBe('rolled');
    const told = world.events.flatMap(event => (event.kind === 'warnings' ? event.warnings : []));
    expect(told.filter(({ file }) => file === '/etc/shop.conf').map(each => each.line)).toEqual([line]);
  });
});
