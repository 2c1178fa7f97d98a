import { expect, test } from 'vitest';
import { underLoad } from '../load/start.ts';
import { expectNothingLost, expectServing } from '../scene/expect.ts';
import { frontOpens } from '../scene/front.ts';
import { askBalancer, held, MEGABYTE, post } from '../scene/held-requests.ts';
import { onEachSuite } from '../scene/scene.ts';

const LOAD = { fast: 3, post: 1, after: 1, slow: 1, slowSeconds: 0.5, afterSeconds: 0.5 } as const;
const BALANCER = 'php-zd-haproxy.service';
/** Apache, which keeps its connections when it is told to. */
const APACHE = 'http://127.0.0.1:8080/index.php';

onEachSuite('traffic', {}, scene => {
  test('a hold lets its requests through by itself when the time is over', async () => {
    const { machine, site } = scene();
    let heldAt = 0;
    const report = await underLoad(machine, LOAD, async load => {
      heldAt = Date.now();
      await machine.run('php-zd', 'hold', site.name, '--for', '1500ms');
      await load.round();
    });
    expectNothingLost(report);
    const waits = report.samples
      .filter(({ startedAt }) => startedAt > heldAt)
      .map(({ startedAt, endedAt }) => endedAt - startedAt);
    expect(Math.max(...waits)).toBeGreaterThan(1_000);
    expect(Math.max(...waits)).toBeLessThan(5_000);
    await frontOpens(scene());
  });

  test('a hold holds five hundred requests, and answers each', async () => {
    const { machine, site } = scene();
    await machine.run('php-zd', 'hold', site.name, '--for', '60s');
    const answers = Array.from({ length: 500 }, () => askBalancer(scene()));
    await held(scene(), 500);
    await machine.run('php-zd', 'release-hold', site.name);
    const ended = await Promise.allSettled(answers);
    expect(ended.filter(one => one.status === 'rejected')).toEqual([]);
    expect(new Set(await Promise.all(answers))).toEqual(new Set([200]));
  });

  test('a hold does not give PHP the request of a client that went away meanwhile', async () => {
    const { machine, site } = scene();
    await machine.run('php-zd', 'hold', site.name, '--for', '60s');
    const gone = machine.ask('curl', '--silent', '--max-time', '5', `${site.url}?tmp=gone&write=1`);
    await held(scene(), 1);
    expect(await gone).toMatchObject({ status: 28 });
    await held(scene(), 0);
    await machine.run('php-zd', 'release-hold', site.name);
    expect(await machine.run('curl', '--silent', `${site.url}?tmp=gone`)).toContain('tmp=missing');
  });

  test('a site is held also by the HAProxy that comes after one that was killed', async () => {
    const { machine, site, journal } = scene();
    await machine.run('php-zd', 'hold', site.name, '--for', '60s');
    const mark = journal.mark();
    await machine.run('systemctl', 'kill', '--kill-whom=main', '--signal=KILL', BALANCER);
    await journal.await({ UNIT: BALANCER, MESSAGE: /^Started / }, mark);
    const answer = post(scene(), MEGABYTE);
    await held(scene(), 1);
    await machine.run('php-zd', 'release-hold', site.name);
    expect(await answer).toMatchObject({ status: 200 });
  });

  test('a web server that keeps its connections is held and answered in maintenance as any other', async () => {
    const { machine, site } = scene();
    const root = `${site.base}/releases/.${site.name}.live/public/`;
    const proxy = `ProxyPass / "unix:/run/php-zd/${site.name}/fastcgi.sock|fcgi://localhost${root}" enablereuse=on`;
    await machine.write('/etc/apache2/ports.conf', 'Listen 8080\n');
    await machine.write('/etc/apache2/sites-enabled/000-default.conf', `ServerName shop\n${proxy}\n`);
    await machine.run('a2enmod', '--quiet', 'proxy_fcgi');
    await machine.run('systemctl', 'restart', 'apache2');
    const ask = async () => (await machine.run('curl', '--silent', '--data', 'n=1', APACHE)).slice(0, 8);
    await machine.write('/srv/page.txt', 'at four\n');
    await machine.run('php-zd', 'maintenance', site.name, 'on', '--page', '/srv/page.txt');
    expect([await ask(), await ask(), await ask()]).toEqual(['at four\n', 'at four\n', 'at four\n']);
    await machine.run('php-zd', 'maintenance', site.name, 'off');
    await machine.run('systemctl', 'restart', 'apache2');
    await machine.run('php-zd', 'hold', site.name);
    const answer = ask();
    await held(scene(), 1);
    await machine.run('php-zd', 'release-hold', site.name);
    expect(await answer).toBe('release=');
  });

  test('a boot ends a hold, and a maintenance outlives it', async () => {
    const { machine, site } = scene();
    const release = await site.promoted();
    await machine.run('systemctl', 'enable', '--quiet', 'nginx');
    await machine.run('php-zd', 'hold', site.name, '--for', '10min');
    await machine.run('php-zd', 'maintenance', site.name, 'on');
    await machine.reboot();
    expect(await post(scene(), 10)).toMatchObject({ status: 503, page: expect.stringContaining('Back soon') });
    await machine.run('php-zd', 'maintenance', site.name, 'off');
    expect(await post(scene(), 10)).toEqual({ status: 200, release });
    await expectServing(site, release);
  });
});
