import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { underLoad } from '../load/start.ts';
import { expectNothingLost } from '../scene/expect.ts';
import { onOneSuite } from '../scene/scene.ts';
import { standRequest } from '../scene/stand.ts';

const INI =
  'standby = yes\n[pool]\npm.max_children = 8\n[health]\npath = /health\ninterval = 100ms\ndeadline = 3s\n[drain]\ntimeout = 1s\non_timeout = park\n';

onOneSuite('bookworm', 'prune', { ini: INI }, scene => {
  test('prune removes what nobody has, and neither what a parked replica sees nor what a standby does', async () => {
    const { machine, site, journal } = scene();
    const parked = await site.promoted();
    const request = await standRequest(scene());
    const standby = await site.release();
    const promoted = await site.release();
    const unused = await site.release();
    const outside = '/srv/outside';
    await machine.write(`${outside}/kept`, '');
    await machine.run('ln', '--symbolic', outside, `${site.directory(unused)}/link`);
    const mark = journal.mark();
    const report = await underLoad(machine, { fast: 3, post: 1 }, async () => {
      expect(await machine.ask('php-zd', 'deploy', site.name, site.directory(standby))).toMatchObject({ status: 0 });
      await journal.await({ PHP_ZD_EVENT: 'parked' }, mark);
      expect(await machine.ask('php-zd', 'deploy', site.name, site.directory(promoted))).toMatchObject({ status: 0 });
      const table = await machine.run('php-zd', 'releases', site.name);
      expect(table).toMatch(new RegExp(`releases/${parked} +- +replica \\d \\(parked\\)`));
      expect(table).toMatch(new RegExp(`releases/${standby} +previous +replica \\d \\(standby\\)`));
      expect(table).toMatch(new RegExp(`releases/${promoted} +promoted +replica \\d, replica \\d`));
      expect(table).toMatch(new RegExp(`releases/${unused} +- +- +-`));
      const pruned = await machine.ask('php-zd', 'prune', site.name, '--keep', '0');
      expect(pruned).toMatchObject({ status: 0, stdout: `shop: removed\n  ${unused}\n` });
    });
    expectNothingLost(report);
    expect(await releases()).toEqual(['.shop.live', parked, standby, promoted]);
    expect(await readdir(`${machine.root}${outside}`)).toEqual(['kept']);
    await request.open();
    expect(await request.answer).toMatchObject({ status: 0, stdout: `release=${parked} done` });
    await journal.await({ PHP_ZD_EVENT: 'unparked' }, mark);
  });

  test('once its last replica is gone a release can go, and what was half removed is finished', async () => {
    const { machine, site } = scene();
    await machine.write(`${site.base}/releases/.pruned-0/public/index.php`, '');
    const { stdout, status } = await machine.ask('php-zd', 'prune', site.name, '--keep', '0', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual([{ site: 'shop', removed: [site.directory('1')] }]);
    expect(await releases()).toEqual(['.shop.live', '2', '3']);
  });

  test('a release to which a rollback goes while prune is about to remove it stays, serves, and prune says so', async () => {
    const { machine, site } = scene();
    const [old, next] = ['2', await site.release()];
    await machine.run('php-zd', 'deploy', site.name, site.directory(next));
    // The first mv(1) of prune waits until the rollback is through.
    await machine.run('mkfifo', '/run/came', '/run/go');
    const mv = 'if [ -p /run/go ]; then echo >/run/came; read -r _ </run/go; rm -f /run/go; fi; exec /usr/bin/mv "$@"';
    await machine.write('/usr/local/bin/mv', `#!/bin/sh\n${mv}\n`, 0o755);
    const prune = machine.ask('php-zd', 'prune', site.name, '--keep', '0');
    await machine.run('timeout', '30', 'cat', '/run/came');
    const report = await underLoad(machine, { fast: 3 }, async () => {
      expect(await machine.ask('php-zd', 'rollback', site.name, '--to', old)).toMatchObject({ status: 0 });
      await machine.run('sh', '-c', 'echo >/run/go');
      const { status, stdout, stderr } = await prune;
      expect({ status, stdout }).toEqual({ status: 0, stdout: 'shop: nothing to remove.\n' });
      expect(stderr).toContain(`Kept ${site.directory(old)}: it came into use meanwhile.\n`);
    });
    await machine.run('rm', '/usr/local/bin/mv');
    expectNothingLost(report);
    expect(await site.promoted()).toBe(old);
    expect(await machine.run('curl', '--silent', '--fail', site.url)).toContain(`release=${old}`);
    expect(await releases()).toEqual(['.shop.live', old, '3', next]);
  });

  const releases = async () => (await readdir(`${scene().machine.root}${scene().site.base}/releases`)).sort();
});
