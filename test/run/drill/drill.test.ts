import { describe, expect, test } from 'vitest';
import { PhpZdError } from '../../../src/base/errors.ts';
import { siteUnit } from '../../../src/base/paths.ts';
import { rolesOf } from '../../../src/run/drill/clients.ts';
import { type DrillReport, drillSite, isFlawless } from '../../../src/run/drill/drill.ts';
import { planDrill } from '../../../src/run/drill/plan-drill.ts';
import type { DrillWishes } from '../../../src/run/drill/wishes.ts';
import type { SiteRun } from '../../../src/run/site/site-run.ts';
import { keptMibOf } from '../../heap.ts';
import { release, type SiteText, World } from '../world.ts';
import { Front } from './front.ts';

const wishes: DrillWishes = { id: 'd', clients: 4, longMs: 1_000, appPath: undefined, reloadsBalancer: false };

const servingWorld = async (text: SiteText = {}): Promise<{ readonly world: World; readonly run: SiteRun }> => {
  const world = new World();
  world.systemd.add('php-zd-http@.service', { onReload: () => undefined });
  world.systemd.add('php-zd-http-shop.socket', {});
  await world.serve({ more: '[pool]\npm.max_children = 4\n', ...text });
  world.systemd.set(siteUnit('shop'), { activeState: 'active' });
  return { world, run: (await world.load()).run };
};

/** A drill whose roll is over when so many requests have come. */
const drill = async (front: (world: World) => Front, more: Partial<DrillWishes> = {}): Promise<DrillReport> => {
  const { world, run } = await servingWorld();
  const site = front(world);
  const plan = await planDrill(run, { ...wishes, ...more });
  const { report } = await drillSite(run, plan, () => site.requests(40));
  return report;
};

describe('a drill', () => {
  test('asks every kind of request, and finds that each was run once and answered right', async () => {
    const report = await drill(world => new Front(world));
    expect(report.kinds.map(({ kind }) => kind)).toEqual(['fast', 'post', 'long', 'after']);
    expect(report).toMatchObject({ lost: 0, executions: { twice: 0, never: 0, unfinished: 0 }, isCut: false });
    expect(report.sent).toBeGreaterThanOrEqual(40);
    expect(isFlawless(report)).toBe(true);
  });

  test('asks the application too, which is to answer as it did before', async () => {
    let asked = 0;
    const app = () => {
      asked += 1;
      return { status: asked === 5 ? 500 : 302 };
    };
    const report = await drill(world => new Front(world, undefined, app), { appPath: '/start' });
    expect(report.losses).toMatchObject([{ kind: 'app', loss: { status: 500 } }]);
    expect(report.executions).toEqual({ twice: 0, never: 0, unfinished: 0 });
    expect(isFlawless(report)).toBe(false);
  });

  test('keeps of wrong answers how they begin, however long they are', async () => {
    let asked = 0;
    const app = () => {
      asked += 1;
      return asked === 1 ? {} : { status: 503, body: Buffer.alloc(4 * 2 ** 20, `${asked} `).toString() };
    };
    let lost = 0;
    const kept = await keptMibOf(async () => {
      const report = await drill(world => new Front(world, undefined, app), { appPath: '/start' });
      lost = report.lost;
      return report;
    });
    expect(lost).toBeGreaterThan(4);
    expect(kept).toBeLessThan(16);
  });

  test.each<[string, ConstructorParameters<typeof Front>[1], object]>([
    [
      'a request that was answered with an error of the balancer',
      ({ number }) => (number === 7 ? { status: 503 } : undefined),
      { lost: 1, executions: { twice: 0, never: 1, unfinished: 0 } },
    ],
    [
      'a request that was run and not answered',
      ({ number }, { notes }) => {
        if (number !== 7) return undefined;
        notes.push('begin 7');
        throw new PhpZdError('fastcgi-broken', { socket: '/x', reason: 'ECONNRESET' });
      },
      { lost: 1, executions: { twice: 0, never: 0, unfinished: 0 } },
    ],
    [
      'a body that came back as another',
      ({ isPost }) => (isPost ? { body: '1 0000' } : undefined),
      { kinds: expect.arrayContaining([expect.objectContaining({ kind: 'post', lost: expect.any(Number) })]) },
    ],
    [
      'a request that was run twice',
      ({ number }, { notes }) => {
        if (number === 7) notes.push('begin 7');
        return undefined;
      },
      { lost: 0, executions: { twice: 1, never: 0, unfinished: 0 } },
    ],
    [
      'work after the answer that was not finished',
      ({ number, isLate }, { notes }) => {
        if (!isLate || notes.includes('begin 0 late')) return undefined;
        notes.push('begin 0 late', `begin ${number}`);
        return { body: `${number} done` };
      },
      { lost: 0, executions: { twice: 0, never: 0, unfinished: 1 } },
    ],
  ])('finds %s', async (_, behave, expected) => {
    const report = await drill(world => new Front(world, behave));
    expect(report).toMatchObject(expected);
    expect(isFlawless(report)).toBe(false);
  });

  test('that cannot count at the end does not call it flawless', async () => {
    const { world, run } = await servingWorld();
    const front = new Front(world);
    const plan = await planDrill(run, wishes);
    const { report } = await drillSite(run, plan, async () => {
      await front.requests(20);
      front.notes.splice(0);
    });
    expect(report.executions?.never).toBe(report.sent);
    expect(isFlawless(report)).toBe(false);
  });

  test('ends its load by itself', async () => {
    const { world, run } = await servingWorld();
    const front = new Front(world);
    const plan = { ...(await planDrill(run, wishes)), mostRequests: 30 };
    const { report } = await drillSite(run, plan, async () => {
      await front.requests(25);
      for (let turn = 0; turn < 500; turn += 1) await Promise.resolve();
    });
    expect(report).toMatchObject({ isCut: true, sent: 30 });
    expect(isFlawless(report)).toBe(false);
  });

  test('ends its load also when the roll breaks', async () => {
    const { world, run } = await servingWorld();
    const front = new Front(world);
    const plan = await planDrill(run, wishes);
    const roll = () => Promise.reject(new PhpZdError('bus-unavailable', { reason: 'ENOENT' }));
    await expect(drillSite(run, plan, roll)).rejects.toMatchObject({ code: 'bus-unavailable' });
    const asked = front.notes.length;
    for (let turn = 0; turn < 500; turn += 1) await Promise.resolve();
    expect(front.notes.length).toBe(asked);
  });

  test('reloads HAProxy once another replica serves, and has the receipt of its roll', async () => {
    const { world, run } = await servingWorld();
    const front = new Front(world);
    const plan = await planDrill(run, { ...wishes, reloadsBalancer: true });
    const { report } = await drillSite(run, plan, async () => {
      await world.rollTo('41', 'the-roll');
      await front.requests(40);
    });
    expect(report.balancer).toBe('reloaded');
    expect(world.systemd.asked).toContain('reload php-zd-haproxy.service');
    expect(report.receipt).toBeDefined();
  });

  test('says when the roll was over before HAProxy could be reloaded', async () => {
    const report = await drill(world => new Front(world), { reloadsBalancer: true });
    expect(report.balancer).toBe('not reloaded');
    expect(isFlawless(report)).toBe(false);
  });
});

describe('a drill of a site that is reached over HTTP', () => {
  /** The application answers by HTTP alone what it is told, one answer after the other, and then the last again and again. */
  const drillHttp = async (http: string, at: string, ...answers: Parameters<World['web']['serve']>[1][]) => {
    const { world, run } = await servingWorld({ more: `[pool]\npm.max_children = 4\n[listen]\nhttp = ${http}\n` });
    const front = new Front(world, undefined, () => ({ status: 599 }));
    let asked = 0;
    world.web.serve(at, request => {
      asked += 1;
      return answers[Math.min(asked, answers.length) - 1]?.(request) ?? {};
    });
    const plan = await planDrill(run, { ...wishes, appPath: '/start?a=b' });
    return (await drillSite(run, plan, () => front.requests(40))).report;
  };

  test.each([
    ['*:8080', '127.0.0.1:8080'],
    ['[::1]:8080', '::1:8080'],
    ['/run/shop-http.sock', '/run/shop-http.sock'],
  ])('asks the application there as a visitor does: %s', async (http, at) => {
    const report = await drillHttp(http, at, ({ path, headers }) => ({
      status: path === '/start?a=b' && headers.get('Host') === 'localhost' ? 301 : 500,
    }));
    expect(report).toMatchObject({ lost: 0, refused: 0, statuses: { '3xx': expect.any(Number) } });
    expect(isFlawless(report)).toBe(true);
  });

  test('counts answers by their status, and tells who was refused from who was lost', async () => {
    const [good, bad] = [() => ({ status: 200 }), () => ({ status: 502 })];
    const refused = () => ({ unanswered: 'ECONNREFUSED' });
    const cut = () => ({ unanswered: 'ECONNRESET' });
    const report = await drillHttp('*:8080', '127.0.0.1:8080', good, bad, refused, cut, good);
    expect(report).toMatchObject({ lost: 3, refused: 1, statuses: { '5xx': 1 } });
    expect(isFlawless(report)).toBe(false);
  });

  test('is refused when nobody answers there', async () => {
    await expect(drillHttp('*:8080', 'elsewhere')).rejects.toMatchObject({
      facts: { reason: { kind: 'no-way-in', broken: 'ENOENT' } },
    });
  });
});

describe('a drill is refused', () => {
  const refusal = async (change: (world: World) => void | Promise<void>, more: Partial<DrillWishes> = {}) => {
    const { world } = await servingWorld();
    new Front(world);
    await change(world);
    const { run } = await world.load();
    return await planDrill(run, { ...wishes, ...more }).catch(({ code, facts }) => ({ code, ...facts }));
  };

  test.each<[string, string, (world: World) => void | Promise<void>, Partial<DrillWishes>?]>([
    ['when the link names another release', 'other-release', world => world.linkTo('42')],
    ['when the site file has changed', 'other-configuration', world => world.configure({ site: { replicas: 3 } })],
    ['in a roll', 'rolling', world => world.systemd.set(siteUnit('shop'), { activeState: 'reloading' })],
    [
      'of a site that is stopped',
      'not-started',
      world => world.systemd.set(siteUnit('shop'), { activeState: 'inactive' }),
    ],
    ['when a replica is missing', 'not-serving', world => world.kill(1)],
    ['when a request would outlast a drain', 'too-long', () => undefined, { longMs: 120_000 }],
    ['when PHP does not know the script', 'no-script', world => void new Front(world, () => ({ status: 404 }))],
    [
      'when the application is broken already',
      'bad-app',
      world => void new Front(world, undefined, () => ({ status: 500 })),
      { appPath: '/' },
    ],
  ])('%s', async (_, kind, change, more) => {
    expect(await refusal(change, more)).toMatchObject({ code: 'drill-refused', site: 'shop', reason: { kind } });
  });

  test('when visitors need every child', async () => {
    const { world, run } = await servingWorld({ site: { replicas: 1 }, more: '[pool]\npm.max_children = 1\n' });
    new Front(world);
    await expect(planDrill(run, wishes)).rejects.toMatchObject({ facts: { reason: { kind: 'no-room', free: 1 } } });
  });

  test('no: it goes down to half of the free children', async () => {
    const { world, run } = await servingWorld();
    new Front(world);
    expect(await planDrill(run, { ...wishes, clients: 60 })).toMatchObject({
      clients: 4,
      mostClients: 4,
      release: release('41'),
    });
  });
});

test.each([1, 2, 3, 4, 8, 64])('%i clients ask every kind', clients => {
  const roles = rolesOf(clients, true);
  expect(roles).toHaveLength(clients);
  expect(new Set(roles.flat())).toEqual(new Set(['fast', 'post', 'app', 'long', 'after']));
});
