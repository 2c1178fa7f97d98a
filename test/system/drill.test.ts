import { expect, test } from 'vitest';
import { expectServing } from '../scene/expect.ts';
import { onOneSuite } from '../scene/scene.ts';

const INI = '[pool]\npm.max_children = 4\n[health]\npath = /health\ninterval = 100ms\n[listen]\nhttp = *:8080\n';

onOneSuite('trixie', 'drill', { ini: INI }, scene => {
  const drill = (...args: readonly string[]) =>
    scene().machine.ask('php-zd', 'drill', 'shop', '--seconds', '1', ...args);

  test('a drill rolls to what serves, reloads HAProxy in the middle, and finds that nothing was lost, over HTTP too', async () => {
    const { machine, site } = scene();
    const release = await site.promoted();
    const { status, stdout, stderr } = await drill('--app', '--reload-balancer', '--json');
    const [report] = JSON.parse(stdout || '[]');
    expect({ status, losses: report?.losses }, stderr).toEqual({ status: 0, losses: [] });
    expect(report).toMatchObject({
      ...{ site: 'shop', release: site.directory(release), lost: 0, isFlawless: true, balancer: 'reloaded' },
      executions: { twice: 0, never: 0, unfinished: 0 },
      receipt: { lost: 0 },
      ...{ refused: 0, statuses: { '2xx': report.kinds.find(({ kind }: { kind: string }) => kind === 'app')?.sent } },
    });
    expect(report.kinds.map(({ kind }: { kind: string }) => kind)).toEqual(['fast', 'post', 'long', 'after', 'app']);
    expect(stderr).toContain(`Drill of shop: a roll of ${site.directory(release)} onto itself, with 4 clients`);
    await expectServing(site, release);
    // No file of the drill is left.
    expect(await machine.run('ls', '/var/lib/php-zd/shop/tmp/shop')).toBe('');
  });

  test('a drill is refused while the link names another release, and nothing is touched', async () => {
    const { site } = scene();
    const release = await site.promoted();
    const other = await site.release();
    await site.flip(other);
    expect(await drill()).toMatchObject({
      status: 6,
      stdout: '',
      stderr: expect.stringContaining(
        `the link names ${site.directory(other)}; roll first with "php-zd reload shop", or go back with "php-zd deploy shop ${site.directory(release)}"`,
      ),
    });
    await site.flip(release);
    await expectServing(site, release);
  });

  test('the script answers nobody who comes through the web server', async () => {
    const { machine } = scene();
    const script = '/var/lib/php-zd/shop/php/drill.php';
    const asked = `fastcgi_param SCRIPT_FILENAME ${script};`;
    // Lets the web server name the script, which no snippet does.
    await machine.run(
      'sed',
      '--in-place',
      `s|fastcgi_param SCRIPT_FILENAME .*|${asked}|`,
      '/etc/nginx/sites-enabled/shop',
    );
    await machine.run('systemctl', 'restart', 'nginx');
    const id = '00000000-0000-4000-8000-000000000000';
    const url = `${scene().site.url}drill.php?drill=${id}&number=1`;
    expect(await machine.run('curl', '--silent', '--write-out', '%{http_code}', url)).toBe('404');
    expect(await machine.run('ls', '/var/lib/php-zd/shop/tmp/shop')).toBe('');
  });
});
