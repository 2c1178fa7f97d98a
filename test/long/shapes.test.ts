import { beforeEach, describe, expect, test } from 'vitest';
import { onceBooted } from '../lab/booted.ts';
import { awaitAnswer, bootMachine, SUITES } from '../lab/machine.ts';
import type { SiteStatus } from '../lab/site.ts';
import { adopted } from '../shapes/adopted.ts';
import { applications } from '../shapes/applications.ts';
import { deployments } from '../shapes/deployments.ts';
import { adoptShape, FORMER_PORT, serveBefore } from '../shapes/pools.ts';
import { askAll, bringIn, type ServerName, servers } from '../shapes/servers.ts';
import {
  directoryOf,
  flip,
  makeRelease,
  prepareShape,
  type Shape,
  siteFileOf,
  toolOf,
  writeSiteFile,
} from '../shapes/shapes.ts';
import { differencesIn, questionOf, rowsOf } from '../shapes/table.ts';
import { visitingAll } from '../shapes/visiting.ts';

const shapes: readonly Shape[] = [...applications, ...deployments, ...adopted];
/** Every second site has two replicas, of which one can be started anew while the other serves. */
const replicasOf = (shape: Shape): number => 1 + (shapes.indexOf(shape) % 2);
/** nginx, by any name of a host. */
const FEEDS = 'http://127.0.0.1:8081/';
/** How many are rolled at once. */
const AT_ONCE = 2;

/** nginx is in front of the others. */
const behind: Readonly<Partial<Record<ServerName, readonly string[]>>> = {
  apache: ['drupal', 'mediawiki', 'capistrano'],
  caddy: ['symfony', 'cakephp'],
};
const serverOf = ({ name }: Shape): ServerName =>
  (Object.keys(behind) as ServerName[]).find(server => behind[server]?.includes(name)) ?? 'nginx';
const rowsOfShape = (shape: Shape) => rowsOf(serverOf(shape), [shape]);
const slowOf = (shape: Shape) => ({
  ...{ site: shape.name, asked: 'a slow one', wanted: ['run index.php, query sleep=0.7'] },
  question: questionOf(shape, '/index.php?sleep=0.7', servers[serverOf(shape)].port),
});
const namesOf = (some: readonly Shape[]) => some.map(({ name }) => name);

describe.each(SUITES)('%s', suite => {
  const machine = onceBooted(() => bootMachine(`long-shapes-${suite}-${process.pid}`, suite));
  beforeEach(({ onTestFailed }) => {
    onTestFailed(async () => {
      process.stderr.write(
        (
          await machine().ask(
            'journalctl',
            '--no-pager',
            '--unit=php-zd*',
            '--grep=^(?!Server |Step |backend )',
            '--lines=150',
          )
        ).stdout,
      );
    });
  });

  test('sites of every shape are made as their tools make them, and come over from the PHP-FPM that they had', async () => {
    for (const shape of shapes) await prepareShape(machine(), shape);
    await serveBefore(machine(), adopted);
    askOnce(adopted, () => FORMER_PORT);
    expect(differencesIn(machine(), adopted.flatMap(before))).toEqual({});
    for (const shape of shapes) {
      await (shape.pool === undefined ? writeSiteFile : adoptShape)(machine(), shape, replicasOf(shape));
    }
    for (const { name } of shapes) await machine().run('systemctl', 'start', `php-zd@${name}`);
    for (const server of ['nginx', 'apache', 'caddy'] as const) {
      await bringIn(machine(), server, namesOf(shapes.filter(shape => serverOf(shape) === server)));
    }
    await machine().run('systemctl', 'restart', 'nginx');
    askOnce([...applications, ...deployments], shape => servers[serverOf(shape)].port);
  }, 480_000);

  test('all answer as their tables say', () => {
    expect(differencesIn(machine(), shapes.flatMap(rowsOfShape))).toEqual({});
  });

  test('side by side they are rolled by both strategies, rolled back and restarted, and nothing is lost', async () => {
    const rows = { tables: shapes.map(rowsOfShape), slow: shapes.map(slowOf) };
    const visited = await visitingAll(machine(), rows, async load => {
      await rollAll(2);
      expect(releases()).toEqual(all(2));
      await load.round();
      for (const shape of shapes) await blueGreen(shape);
      await rollAll(3);
      expect(releases()).toEqual(all(3));
      expect(sent(2)).toEqual(sendsBoth.map(() => 'of 2'));
      expect(sent(3)).toEqual(sendsBoth.map(() => 'of 3'));
      expect(sent(1)).not.toContain('of 1');
      await load.round();
      await eachOf(flipped, ({ name }) => machine().run('php-zd', 'rollback', name));
      expect(releases()).toEqual({ ...all(3), ...all(2, shapes.filter(isFlipped)) });
      await load.round();
      await eachOf(
        shapes.filter(shape => replicasOf(shape) > 1),
        restartOne,
      );
    });
    expect({ lost: visited.lost, losses: visited.losses }).toEqual({ lost: 0, losses: [] });
    expect(visited.requests).toBeGreaterThan(shapes.length * 100);
  }, 900_000);

  test('whoever follows a feed is left to it for park_timeout while its site is rolled, and is cut off then', async () => {
    const events = shapeOf('events');
    const from = performance.now();
    const feed = machine().ask('curl', ...followFeed);
    await awaitAnswer('the feed', async () => (await statusOf(events)).some(({ busy = 0 }) => busy > 0) || undefined);
    await roll(events, 4);
    expect(await machine().run('curl', ...followFeed.slice(0, -1), `${FEEDS}?read=RELEASE`)).toBe('read 4');
    // The last line of a whole answer is `end`.
    expect(new Set((await feed).stdout.trim().split('\n'))).toEqual(new Set(['tick']));
    // drain timeout and park_timeout.
    expect(performance.now() - from).toBeGreaterThan(7_000);
  });

  const shapeOf = (name: string): Shape => {
    const found = shapes.find(shape => shape.name === name);
    if (found === undefined) throw new Error(`no shape ${name}`);
    return found;
  };
  const ask = (shape: Shape, path: string) => questionOf(shape, path, servers[serverOf(shape)].port);
  const all = (release: number, some = shapes) =>
    Object.fromEntries(namesOf(some).map(name => [name, String(release)]));
  const isFlipped = (shape: Shape) => toolOf(shape).target !== undefined;
  /** Behind nginx and behind Caddy. */
  const sendsBoth = shapes.filter(({ name }) => ['deployer', 'elsewhere', 'symfony'].includes(name));
  /** What comes when PHP hands on a file that only the release has. */
  const sent = (release: number): readonly string[] => {
    const questions = sendsBoth.map(shape => ask(shape, `/index.php?send=only-${release}.pdf`));
    return askAll(machine(), questions).map(({ body }) => body);
  };
  /** Of two sites on one link the first brings the other with it. */
  const flipped = shapes.filter(shape => isFlipped(shape) && shape.of === undefined);
  const followFeed = ['--silent', '--header', 'Host: events.example.com', `${FEEDS}?poll=300`];

  const askOnce = (some: readonly Shape[], portOf: (shape: Shape) => number): void => {
    const once = some.flatMap(shape => (shape.once ?? []).map(asked => questionOf(shape, asked, portOf(shape))));
    expect(askAll(machine(), once).map(({ status }) => status)).toEqual(once.map(() => 200));
  };

  const releases = (): Readonly<Record<string, string>> => {
    const replies = askAll(
      machine(),
      shapes.map(shape => ask(shape, '/index.php')),
    );
    return Object.fromEntries(shapes.map(({ name }, at) => [name, String(replies[at]?.headers['x-release'])]));
  };

  /** A few at once, as on a host where several customers deploy. */
  const eachOf = async (some: readonly Shape[], act: (shape: Shape) => Promise<unknown>): Promise<void> => {
    for (let at = 0; at < some.length; at += AT_ONCE) await Promise.all(some.slice(at, at + AT_ONCE).map(act));
  };

  /** A new release of each site, brought there as its tool does. */
  const rollAll = (release: number): Promise<void> =>
    eachOf(
      shapes.filter(({ of }) => of === undefined),
      shape => roll(shape, release),
    );

  const roll = async (shape: Shape, release: number): Promise<void> => {
    await makeRelease(machine(), shape, release);
    if (toolOf(shape).flips) {
      await flip(machine(), shape, release);
      await machine().run('systemctl', 'reload', `php-zd@${shape.name}`);
    } else await machine().run('php-zd', 'deploy', shape.name, directoryOf(shape, release));
  };

  const blueGreen = async (shape: Shape): Promise<void> => {
    await machine().run('sed', '-i', '/^release = /a strategy = blue-green', siteFileOf(shape));
  };

  const statusOf = async ({ name }: Shape): Promise<SiteStatus['replicas']> =>
    JSON.parse(await machine().run('php-zd', 'status', name, '--json'))[0].replicas;

  const restartOne = async (shape: Shape): Promise<void> => {
    const slot = (await statusOf(shape)).find(({ isServing }) => isServing)?.slot;
    await machine().run('systemctl', 'restart', `php-zd-fpm-${shape.name}@${slot}`);
  };

  const before = (shape: Shape) =>
    rowsOfShape(shape).map(row => ({ ...row, question: { ...row.question, port: FORMER_PORT, headers: {} } }));
});
