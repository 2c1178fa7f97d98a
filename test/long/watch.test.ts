import { beforeEach, describe, expect, test } from 'vitest';
import { makeBalancer } from '../../src/adapters/haproxy.ts';
import type { AnswersByStatus } from '../../src/base/answer-variables.ts';
import { FAILING, QUICK, releaseThat, type Seen, TEN_TIMES_AS_LONG, whileAsked } from '../scene/answers.ts';
import { type Ini, writeConfig } from '../scene/configure.ts';
import { expectServing } from '../scene/expect.ts';
import { awaitActive, killRollAlone } from '../scene/killed-roll.ts';
import { lastRoll } from '../scene/receipt.ts';
import { onEachSuite, type Scene } from '../scene/scene.ts';

const HTTP = 8080;
const CLIENTS = 6;
/** Far longer than a bad release takes to be found. */
const WATCHED = { bake: '2min', bake_errors: '2', bake_latency: '3' };

onEachSuite('watch', {}, scene => {
  describe('over HTTP', () => describeHttp(scene));
  describe('by other ways', () => describeOthers(scene));
});

/** The site, with these keys of [site], at rest. */
const reach = async (scene: Scene, site: Ini[string], more: Ini = { listen: { http: `*:${HTTP}` } }): Promise<void> => {
  await writeConfig(scene, { site, ...more });
  await scene.site.roll();
};

/** A good release serves, and nobody watches it. */
const serveQuick = async (scene: Scene, site: Ini[string], more: Ini): Promise<void> => {
  await scene.site.flip(await scene.site.release(QUICK));
  await reach(scene, site, more);
};

/** A roll to a release that is worse: it goes back by itself, says how much worse, and nothing is lost. */
const expectTakenBack = async (
  scene: Scene,
  release: Readonly<Record<string, string>>,
  {
    says,
    port = HTTP,
    meanwhile,
  }: { readonly says: RegExp; readonly port?: number; readonly meanwhile?: () => Promise<void> },
): Promise<Seen> => {
  const { machine, site } = scene;
  const old = await site.promoted();
  await site.flip(await site.release(release));
  const seen = await whileAsked(machine, { port, clients: CLIENTS }, async load => {
    const reloaded = site.reload();
    await meanwhile?.();
    const { status, stderr } = await reloaded;
    expect([status, stderr]).toEqual([1, expect.stringMatching(says)]);
    await load.round();
    await expectServing(site, old);
  });
  expect(seen.lost).toEqual([]);
  expect(await lastRoll(scene)).toMatchObject({
    outcome: 'rolled-back',
    error: { code: 'replica-worse' },
    receipt: { lost: 0 },
  });
  return seen;
};

const ERRORS =
  /replicas? [\d, ]+ answered \d+ of \d+ requests with 5xx while watched, the replicas to be replaced 0 of \d+: more than 2 times the share \(bake_errors\)/;
const SLOW =
  /replicas? [\d, ]+ took 1\d\d ms on average to answer \d+ requests while watched, the replicas to be replaced \d+ ms: more than 3 times as long \(bake_latency\)/;

/** As soon as a replica of the roll is watched. */
const watched = async ({ journal }: Scene, mark: number): Promise<void> => {
  await journal.await({ PHP_ZD_EVENT: 'step-started', PHP_ZD_STEP: 'bake' }, mark);
};

/** What an operator reads of the answers since HAProxy's process started. */
const ANSWERS = /^Answers: +[\d\s]+, \d+\.\d% 5xx; 99% within \d+ ms; \d+ in the last second$/m;

const whileHttpAsked = (scene: Scene, work: () => Promise<void>): Promise<Seen> =>
  whileAsked(scene.machine, { port: HTTP, clients: CLIENTS }, work);

function describeHttp(scene: () => Scene): void {
  // What is written at the end the next roll brings.
  beforeEach(async () => {
    await serveQuick(scene(), {}, { listen: { http: `*:${HTTP}` } });
    await writeConfig(scene(), { site: WATCHED, listen: { http: `*:${HTTP}` } });
  });

  test('what replicas answer is counted by its status, also behind what they log of it', async () => {
    const { machine, site } = scene();
    const count = async () => (await balancerOf(scene()).answerFigures('shop')).statuses;
    const before = await count();
    const release = releaseThat(
      'isset($_GET["log"]) && error_log(str_repeat("x", (int) $_GET["log"])); http_response_code((int) $_GET["is"]); exit("x");',
    );
    await site.flip(await site.release(release));
    await writeConfig(scene(), { listen: { http: `*:${HTTP}` } });
    await site.roll();
    const start = await count();
    expect(start).toEqual(before);
    for (const query of [
      'is=200',
      'is=204',
      'is=301',
      'is=404',
      'is=500',
      'is=503',
      'log=9&is=200',
      'log=9&is=302',
      'log=999&is=404',
      'log=999&is=500',
    ])
      await machine.run('curl', '--silent', `http://127.0.0.1:${HTTP}/?${query}`);
    const figures = { answered1xx: 0, answered2xx: 3, answered3xx: 2, answered4xx: 2, answered5xx: 3 };
    expect(minus(await count(), start)).toEqual(figures);
  });

  test.each([
    ['PHP', {}],
    ['a web server of each replica’s', { server: 'nginx' }],
  ] as const)('what a maintenance answers is none of the replicas’ answers, with %s', async (_, web) => {
    const { machine, site } = scene();
    await writeConfig(scene(), { listen: { http: `*:${HTTP}` }, web });
    await site.roll();
    const count = async () => (await balancerOf(scene()).answerFigures('shop')).statuses;
    const ask = () =>
      machine.run(
        'curl',
        '--silent',
        '--write-out',
        '%{http_code} ',
        `http://127.0.0.1:${HTTP}/?[1-5]`,
        '--output',
        '/dev/null',
      );
    const before = await count();
    await machine.run('php-zd', 'maintenance', 'shop', 'on');
    expect(await ask()).toBe('503 '.repeat(5));
    await site.roll();
    expect(minus(await count(), before)).toMatchObject({ answered2xx: 0, answered5xx: 0 });
    await machine.run('php-zd', 'maintenance', 'shop', 'off');
    expect(await ask()).toBe('200 '.repeat(5));
    expect(minus(await count(), before)).toMatchObject({ answered2xx: 5, answered5xx: 0 });
  });

  test('a release of which a third of the answers are errors goes back by itself, and what is advised lets it pass', async () => {
    const { machine, site } = scene();
    const seen = await expectTakenBack(scene(), FAILING, { says: ERRORS });
    expect(Object.keys(seen.statuses)).toEqual(['200', '500']);
    expect((await lastRoll(scene())).receipt).toMatchObject({
      statuses: { answered4xx: 0, answered5xx: expect.any(Number) },
    });
    expect(await machine.run('php-zd', 'status', 'shop')).toMatch(ANSWERS);

    await writeConfig(scene(), { site: { bake: '2s', bake_errors: 'none' }, listen: { http: `*:${HTTP}` } });
    await whileHttpAsked(scene(), () => site.roll());
    expect(await lastRoll(scene())).toMatchObject({ outcome: 'rolled', receipt: { lost: 0 } });
  });

  test('a release that takes ten times as long goes back by itself', async () => {
    await expectTakenBack(scene(), TEN_TIMES_AS_LONG, { says: SLOW });
  });

  test('a release that is as good passes under load, and any release passes without a request', async () => {
    const { site, journal } = scene();
    await writeConfig(scene(), { site: { ...WATCHED, bake: '3s' }, listen: { http: `*:${HTTP}` } });
    const told = (mark: number) =>
      journal.since({ PHP_ZD_EVENT: 'compared' }, mark).map(({ MESSAGE }) => String(MESSAGE));
    await site.flip(await site.release(QUICK));
    const mark = journal.mark();
    const seen = await whileHttpAsked(scene(), () => site.roll());
    expect([seen.lost, Object.keys(seen.statuses)]).toEqual([[], ['200']]);
    await journal.await({ PHP_ZD_EVENT: 'receipt' }, mark);
    expect(told(mark)).toEqual([expect.not.stringContaining('Too few'), expect.not.stringContaining('Too few')]);
    const { receipt } = await lastRoll(scene());
    expect(receipt).toMatchObject({ lost: 0, statuses: { answered5xx: 0, answered4xx: 0, answered3xx: 0 } });

    await site.flip(await site.release(FAILING));
    const silent = journal.mark();
    await site.roll();
    await journal.await({ PHP_ZD_EVENT: 'receipt' }, silent);
    expect(told(silent)).toEqual([1, 2].map(() => expect.stringContaining('no answers. Too few to tell')));
  });

  test('HAProxy that is reloaded again and again meanwhile hides no errors', async () => {
    const { machine, journal } = scene();
    const mark = journal.mark();
    await expectTakenBack(scene(), FAILING, {
      says: ERRORS,
      meanwhile: async () => {
        await watched(scene(), mark);
        for (let n = 0; n < 3; n += 1) await machine.run('systemctl', 'reload', 'php-zd-haproxy', 'php-zd-http@shop');
      },
    });
  });

  test('a roll that is killed while it watches goes back, and nothing is lost', async () => {
    const { machine, site, journal } = scene();
    const old = await site.promoted();
    await writeConfig(scene(), {
      site: { ...WATCHED, bake_errors: '1000', bake_latency: 'none' },
      listen: { http: `*:${HTTP}` },
    });
    await site.flip(await site.release(FAILING));
    const mark = journal.mark();
    const seen = await whileHttpAsked(scene(), async () => {
      await machine.run('systemctl', 'reload', '--no-block', 'php-zd@shop');
      await watched(scene(), mark);
      await killRollAlone(scene());
      await journal.await({ PHP_ZD_EVENT: 'receipt' }, mark);
      await awaitActive(scene());
      await expectServing(site, old);
    });
    expect(seen.lost).toEqual([]);
  });
}

function describeOthers(scene: () => Scene): void {
  test('an answer behind what PHP logs of it comes as it comes, though it is counted', async () => {
    const { machine, site } = scene();
    const slow = releaseThat(
      "if (isset($_GET['slow'])) { error_log('said'); header('X-Accel-Buffering: no'); echo 'a'; while (ob_get_level()) ob_end_flush(); flush(); sleep(3); exit('b'); }",
    );
    await serveQuick(scene(), {}, {});
    await site.flip(await site.release(slow));
    await writeConfig(scene(), { site: { ...WATCHED, bake: '1s' } });
    await site.roll();
    const args = ['--silent', '--output', '/dev/null', '--write-out', '%{time_starttransfer} %{time_total}'];
    const [begun, ended] = (await machine.run('curl', ...args, `${site.url}?slow`)).split(' ').map(Number);
    expect(ended).toBeGreaterThan(3);
    expect(begun).toBeLessThan(2);
  });

  test.each([
    ['over HTTP, blue-green', { strategy: 'blue-green' }, { listen: { http: `*:${HTTP}` } }, HTTP],
    ['over HTTP, in place', { surge: '0' }, { listen: { http: `*:${HTTP}` } }, HTTP],
    ['by a web server of each replica', {}, { listen: { http: `*:${HTTP}` }, web: { server: 'nginx' } }, HTTP],
    [
      'with visitors who stay',
      {},
      { listen: { http: `*:${HTTP}` }, web: { sticky: 'release', sticky_grace: '1s' } },
      HTTP,
    ],
    ['over FastCGI alone', {}, {}, 80],
  ] as const)('a release that fails a third of its requests goes back by itself, %s', async (_, keys, more, port) => {
    await serveQuick(scene(), keys, more);
    await writeConfig(scene(), { site: { ...keys, ...WATCHED }, ...more });
    await expectTakenBack(scene(), FAILING, { says: ERRORS, port });
  });
}

const minus = (now: AnswersByStatus, before: AnswersByStatus) => ({
  answered1xx: now.answered1xx - before.answered1xx,
  answered2xx: now.answered2xx - before.answered2xx,
  answered3xx: now.answered3xx - before.answered3xx,
  answered4xx: now.answered4xx - before.answered4xx,
  answered5xx: now.answered5xx - before.answered5xx,
});

const balancerOf = ({ machine }: Scene) => makeBalancer({ admin: `${machine.root}/run/php-zd/haproxy/admin.sock` });
