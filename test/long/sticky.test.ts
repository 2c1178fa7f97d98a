import { beforeAll, describe, expect, test } from 'vitest';
import { writeConfig } from '../scene/configure.ts';
import { expectServing } from '../scene/expect.ts';
import { held } from '../scene/held-requests.ts';
import { awaitActive, killRollAlone } from '../scene/killed-roll.ts';
import { expectNextRoll } from '../scene/mid-roll.ts';
import { onEachSuite, type Scene } from '../scene/scene.ts';
import { standProof } from '../scene/stand.ts';
import { hasForeign, tally, type Visit, WITH_ASSETS, wanderers, whileVisited } from '../scene/visits.ts';

const PORT = 8080;
const VISITORS = { port: PORT, staying: 8, leaving: 4 };
const UNIT = 'php-zd-http@shop.service';
const TMP = '/var/lib/php-zd/shop/tmp/shop';
const LEAVING = '/run/php-zd/shop/offered/leaving';

onEachSuite('sticky', {}, scene => {
  beforeAll(async () => {
    await scene().site.flip(await release(scene()));
    await reach(scene());
  });
  describe('with sticky', () => describeRolls(scene));
  describe('the cookie', () => describeCookie(scene));
});

const release = (scene: Scene): Promise<string> => scene.site.release({ 'public/index.php': WITH_ASSETS });

const reach = async (scene: Scene, site = {}, grace = '1s'): Promise<void> => {
  const sticky = grace === 'none' ? {} : { web: { sticky: 'release', sticky_grace: grace } };
  await writeConfig(scene, { site, listen: { http: `*:${PORT}` }, ...sticky });
  await scene.site.roll();
};

/** Begins a roll to a release that is new, and does not wait for it. */
const beginRoll = async (scene: Scene): Promise<void> => {
  await scene.site.flip(await release(scene));
  await scene.machine.run('systemctl', 'reload', '--no-block', 'php-zd@shop');
};

const isThere = async ({ machine }: Scene, path: string): Promise<boolean> =>
  (await machine.ask('test', '-e', path)).status === 0;

const awaitSettled = async (scene: Scene): Promise<void> => {
  await awaitActive(scene);
  await expectServing(scene.site, await scene.site.promoted());
};

/** Who keeps cookies met no page without its files, nothing was lost, and nobody came back to a release that had sent him on. */
const expectWhole = (visits: readonly Visit[]): void => {
  const staying = visits.filter(({ stays }) => stays);
  expect(staying.filter(hasForeign)).toEqual([]);
  expect(tally(visits).lost).toEqual([]);
  expect(staying.length).toBeGreaterThan(0);
};

/** Whoever keeps cookies was answered by one release after the other, and each page had its own files or none. */
const expectToldApart = (visits: readonly Visit[]): void => {
  const staying = visits.filter(({ stays, page }) => stays && !page.startsWith('lost'));
  expect([tally(staying).foreign, wanderers(staying)]).toEqual([0, []]);
};

function describeRolls(scene: () => Scene): void {
  test.each([
    ['rolling', {}],
    ['in place', { surge: '0' }],
    ['with surge', { surge: '2' }],
    ['blue-green', { strategy: 'blue-green' }],
  ] as const)('no page meets a file of another release in rolls, %s, and without a cookie some do', async (_, keys) => {
    const { machine, site } = scene();
    await reach(scene(), keys);
    const visits = await whileVisited(machine, VISITORS, async load => {
      for (let n = 0; n < 4; n += 1) {
        await site.flip(await release(scene()));
        await site.roll();
        await load.round();
      }
    });
    expectWhole(visits);
    const [staying, others] = [visits.filter(({ stays }) => stays), visits.filter(({ stays }) => !stays)];
    expect(wanderers(staying)).toEqual([]);
    expect(tally(others).foreign).toBeGreaterThan(0);
    await expectServing(site, await site.promoted());
    expect(await isThere(scene(), LEAVING)).toBe(false);
  });

  test('a roll that is killed as a release leaves, and one that is killed as the other comes, leave each page its files', async () => {
    const { machine, site } = scene();
    await reach(scene(), {}, '3s');
    const old = await site.promoted();
    const visits = await whileVisited(machine, VISITORS, async load => {
      await beginRoll(scene());
      await expect.poll(() => isThere(scene(), LEAVING), { timeout: 60_000 }).toBe(true);
      await load.round();
      await killRollAlone(scene());
      await awaitSettled(scene());
      await load.round();

      const stand = await standProof(scene());
      await beginRoll(scene());
      await stand.reached();
      await killRollAlone(scene());
      await stand.open();
      await awaitSettled(scene());
      await load.round();
    });
    expectWhole(visits);
    expect(await site.promoted()).toBe(old);
    await expectNextRoll(scene());
  });

  test('a rollback, and reloads of both HAProxies and a hold while two releases serve, leave each page its files', async () => {
    const { machine, site } = scene();
    await site.flip(await release(scene()));
    await reach(scene());
    const visits = await whileVisited(machine, VISITORS, async load => {
      await site.flip(await release(scene()));
      await site.roll();
      await load.round();
      expect(await machine.ask('php-zd', 'rollback', 'shop')).toMatchObject({ status: 0 });
      await load.round();

      await machine.write(`${TMP}/hold-second`, '');
      await beginRoll(scene());
      await expect.poll(() => isThere(scene(), `${TMP}/stands-second`), { timeout: 60_000 }).toBe(true);
      await load.round();
      for (let n = 0; n < 3; n += 1) {
        await machine.run('systemctl', 'reload', UNIT, 'php-zd-haproxy');
        await load.round();
      }
      // What the balancer has taken and not yet given to a server as it is reloaded (facts.md N58).
      for (let n = 0; n < 15; n += 1) await machine.run('systemctl', 'reload', 'php-zd-haproxy');
      expect(await machine.ask('php-zd', 'hold', 'shop', '--for', '60s')).toMatchObject({ status: 0 });
      await held(scene(), 2);
      await machine.run('systemctl', 'reload', UNIT, 'php-zd-haproxy');
      await machine.run('php-zd', 'release-hold', 'shop');
      await load.round();
      await machine.run('rm', `${TMP}/hold-second`);
      await awaitSettled(scene());
    });
    expectWhole(visits);
  });

  test('a HAProxy that is killed in a roll has forgotten nobody, and loses what it was just at', async () => {
    const { machine } = scene();
    const kill = (unit: string) => machine.run('systemctl', 'kill', '--kill-whom=all', '--signal=KILL', unit);
    const visits = await whileVisited(machine, VISITORS, async load => {
      await beginRoll(scene());
      await expect.poll(() => isThere(scene(), LEAVING), { timeout: 60_000 }).toBe(true);
      await kill(UNIT);
      await load.round();
      await awaitSettled(scene());
      await load.round();
    });
    expectToldApart(visits);
    // A visitor has one request at a time, and systemd has the socket: who comes then waits.
    expect(tally(visits).lost.length).toBeLessThanOrEqual(VISITORS.staying + VISITORS.leaving);

    // Nobody answers until the balancer is back, as over FastCGI.
    const later = await whileVisited(machine, VISITORS, async load => {
      await beginRoll(scene());
      await expect.poll(() => isThere(scene(), LEAVING), { timeout: 60_000 }).toBe(true);
      await kill('php-zd-haproxy');
      await load.round();
      await awaitSettled(scene());
      await load.round();
    });
    expectToldApart(later);
  });
}

function describeCookie(scene: () => Scene): void {
  const ask = async (...args: readonly string[]) => {
    const url = `http://127.0.0.1:${PORT}/`;
    const said = await scene().machine.run('curl', '--silent', '--include', ...args, url);
    return [...said.matchAll(/^set-cookie: (.*)\r$/gim)].map(([, cookie]) => cookie ?? '');
  };

  test('names the release that has answered, is set once, and anew where that release is gone', async () => {
    const { site } = scene();
    const { generation } = await site.status();
    const cookie = `php-zd-shop=${generation}`;
    expect(await ask()).toEqual([`${cookie}; Path=/; HttpOnly; SameSite=Lax`]);
    expect(await ask('--cookie', cookie)).toEqual([]);
    expect(await ask('--cookie', 'php-zd-shop=0123456789ab')).toEqual([`${cookie}; Path=/; HttpOnly; SameSite=Lax`]);
  });

  test('is no more once nobody is to stay, and nothing is lost on the way', async () => {
    const { machine } = scene();
    const visits = await whileVisited(machine, VISITORS, async load => {
      await reach(scene(), {}, 'none');
      await load.round();
    });
    expect(tally(visits).lost).toEqual([]);
    expect(await ask()).toEqual([]);
    expect((await machine.run('ls', '/run/php-zd/shop/offered')).trim()).toBe('');
  });
}
