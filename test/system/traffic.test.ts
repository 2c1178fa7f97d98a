import { describe, expect, test } from 'vitest';
import { isLost, type LoadReport } from '../load/report.ts';
import { underLoad } from '../load/start.ts';
import { expectNothingLost, expectServing, servingSlots } from '../scene/expect.ts';
import { frontOpens } from '../scene/front.ts';
import { beginRequest, held, MEGABYTE, type Posted, post } from '../scene/held-requests.ts';
import { onOneSuite, type Scene } from '../scene/scene.ts';

const LOAD = { fast: 3, post: 1, after: 1, slow: 1, slowSeconds: 0.5, afterSeconds: 0.5 } as const;
const PAGE = '/srv/page.html';
const BACK_AT_FOUR = '<h1>Back at four</h1>';
const BALANCER = 'php-zd-haproxy.service';

onOneSuite('trixie', 'traffic', {}, scene => {
  describe('a site that is held', () => describeHold(scene));
  describe('a site in maintenance', () => describeMaintenance(scene));
  describe('a replica that is drained by hand', () => describeDrain(scene));
});

function describeHold(scene: () => Scene): void {
  test('has no request in flight, loses none, and neither a reload of HAProxy nor a roll ends the hold', async () => {
    const { machine, site } = scene();
    const next = await site.release();
    const window = { from: 0, to: 0 };
    const posted: Promise<Posted>[] = [];
    const report = await underLoad(machine, LOAD, async load => {
      expect(await machine.ask('php-zd', 'hold', site.name, '--for', '60s', '--idle')).toMatchObject({ status: 0 });
      window.from = Date.now();
      posted.push(post(scene(), MEGABYTE));
      await held(scene(), 4);
      await machine.run('systemctl', 'reload', BALANCER);
      await site.flip(next);
      await site.roll();
      posted.push(post(scene(), MEGABYTE));
      expect((await machine.ask('php-zd', 'status', site.name)).stdout).toMatch(
        /! held until .*, \d+ requests waiting/,
      );
      window.to = Date.now();
      const released = await machine.ask('php-zd', 'release-hold', site.name);
      expect(released.stderr).toMatch(/^Let the requests of shop through after .*: \d+ requests waited\.$/m);
      await load.round();
    });
    expectNothingLost(report);
    expect(answeredWithin(report, window)).toBe(0);
    expect(await Promise.all(posted)).toEqual(posted.map(() => ({ status: 200, release: next })));
    await expectServing(site, next);
  });

  test('ends at its time by itself, and no request is looked at any more', async () => {
    const { machine, site } = scene();
    await machine.run('php-zd', 'hold', site.name, '--for', '2s');
    expect(await machine.run('readlink', '/var/lib/php-zd/shop/front')).toContain('closed.sock');
    const began = Date.now();
    expect(await post(scene(), 1)).toMatchObject({ status: 200 });
    expect(Date.now() - began).toBeGreaterThan(500);
    await frontOpens(scene());
  });
}

function describeMaintenance(scene: () => Scene): void {
  test('answers with the page, to a large POST too, and loses nothing that came before or comes after', async () => {
    const { machine, site } = scene();
    await machine.write(PAGE, BACK_AT_FOUR);
    const window = { from: 0, to: 0 };
    const during: Posted[] = [];
    const report = await underLoad(machine, LOAD, async load => {
      window.from = Date.now();
      await machine.run('php-zd', 'maintenance', site.name, 'on', '--page', PAGE);
      await load.round();
      during.push(await post(scene(), MEGABYTE));
      await machine.run('systemctl', 'reload', BALANCER);
      await load.round();
      await machine.run('php-zd', 'maintenance', site.name, 'off');
      window.to = Date.now();
      await load.round();
    });
    expect(during).toEqual([{ status: 503, page: BACK_AT_FOUR }]);
    const turnedAway = report.samples.filter(isLost);
    expect(turnedAway.length).toBeGreaterThan(8);
    expect(new Set(turnedAway.map(({ lost }) => lost))).toEqual(new Set([`503 ${BACK_AT_FOUR}`]));
    expect(turnedAway.filter(({ startedAt, endedAt }) => endedAt < window.from || startedAt > window.to)).toEqual([]);
  });

  test('whose end a request outlives answers it with its page', async () => {
    const { machine, site } = scene();
    await machine.write(PAGE, BACK_AT_FOUR);
    await machine.run('php-zd', 'maintenance', site.name, 'on', '--page', PAGE);
    const request = await beginRequest(scene());
    // HAProxy has decided on the first request when it has answered one that came after it.
    expect(await post(scene(), 1)).toEqual({ status: 503, page: BACK_AT_FOUR });
    await machine.run('php-zd', 'maintenance', site.name, 'off');
    expect(await request.finish()).toContain(BACK_AT_FOUR);
    await expectServing(site, await site.promoted());
  });
}

function describeDrain(scene: () => Scene): void {
  test('gets no request until it is ready, whatever is started anew, and nothing is lost', async () => {
    const { machine, site } = scene();
    const release = await site.promoted();
    const [first = 0, second = 0] = await servingSlots(site);
    const report = await underLoad(machine, LOAD, async load => {
      expect(await machine.ask('php-zd', 'drain', site.name, String(first))).toMatchObject({ status: 0 });
      await machine.run('systemctl', 'reload', BALANCER);
      await machine.run('systemctl', 'restart', `php-zd-fpm-${site.name}@${first}`);
      await load.round();
      expect(await servingSlots(site)).toEqual([second]);
      expect(await machine.ask('php-zd', 'drain', site.name, String(second))).toMatchObject({ status: 6 });
      expect(await machine.ask('php-zd', 'ready', site.name, String(first))).toMatchObject({ status: 0 });
    });
    expectNothingLost(report);
    await expectServing(site, release);
  });
}

/** Answers that came while no replica was to answer. Work after an answer does not count. */
const answeredWithin = (
  { samples }: LoadReport,
  { from, to }: { readonly from: number; readonly to: number },
): number => samples.filter(({ endedAt }) => endedAt > from && endedAt < to).length;
