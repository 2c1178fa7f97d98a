import { readdir, readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { underLoad } from '../load/start.ts';
import { expectNothingLost, expectServing } from '../scene/expect.ts';
import { followLogs } from '../scene/logs.ts';
import { onOneSuite } from '../scene/scene.ts';

const LOAD = { fast: 4, post: 2, slow: 2, slowSeconds: 0.5 } as const;

onOneSuite('bookworm', 'deploy', {}, scene => {
  test('a deployment under load flips the link, rolls and loses nothing, and who follows the logs reads it', async () => {
    const { machine, site } = scene();
    const next = await site.release();
    const logs = followLogs(machine, site.name);
    await logs.line(/./);
    const said = [
      /php-zd-haproxy-shop\[\d+\]: Server shop\/3 is UP/,
      /systemd\[1\]: Started .* replica 4/,
      /php-zd\[\d+\]: Rolled/,
    ];
    const lines = Promise.all(said.map(logs.line));
    const report = await underLoad(machine, LOAD, async () => {
      expect(await deploy(next)).toMatchObject({ status: 0, stdout: '' });
      await expectServing(site, next);
    });
    expectNothingLost(report);
    expect(await linkOf()).toBe(`releases/${next}`);
    await lines;
    expect(await logs.interrupt()).toBe(0);
  });

  test('a release that does not work leaves the old one serving, and the link names that again', async () => {
    const { machine, site } = scene();
    const old = await site.promoted();
    const bad = await site.release({ UNHEALTHY: '' });
    const report = await underLoad(machine, LOAD, async () => {
      const failed = await deploy(bad);
      expect(failed.status).toBe(1);
      const [roll, serves, see, link] = failed.stderr.trim().split('\n').slice(-4);
      expect(roll).toContain('answered /health with 500 (wanted 200)');
      expect(serves).toBe(`${site.directory(old)} serves on every replica.`);
      expect(see).toContain('"php-zd status shop"');
      expect(link).toBe(
        `${site.base}/current names ${site.directory(old)} again. When ${site.directory(bad)} is mended: "php-zd deploy shop ${site.directory(bad)}".`,
      );
      await expectServing(site, old);
    });
    expectNothingLost(report);
    expect(report.releases).toEqual([old]);
    expect(await linkOf()).toBe(`releases/${old}`);
  });

  test("what the site's user cannot read is refused before the link is touched", async () => {
    const { machine, site } = scene();
    const old = await site.promoted();
    const next = await site.release();
    await machine.run('chmod', '0700', `${site.directory(next)}/public`);
    expect(await deploy(next)).toEqual({
      status: 2,
      stdout: '',
      stderr: `php-zd: the release ${site.directory(next)} cannot be read by the user shop: look at the modes of every directory on the way, down to its public/index.php.\nNothing was touched.\n`,
    });
    expect(await linkOf()).toBe(`releases/${old}`);
  });

  test('the history names who asked as root, and nobody else whatever he writes to the journal', async () => {
    const { machine, site } = scene();
    await machine.run('useradd', 'alice');
    await machine.write(
      '/etc/polkit-1/rules.d/50-php-zd.rules',
      'polkit.addRule(function (action, subject) { if (subject.user == "alice") return polkit.Result.YES; });\n',
    );
    const reload = ['php-zd', 'reload', site.name];
    await machine.run('setpriv', '--reuid=alice', '--regid=alice', '--init-groups', ...reload);
    await machine.run('env', 'SUDO_USER=bob', ...reload);
    await machine.run('systemctl', 'reload', `php-zd@${site.name}`);
    const { stdout } = await machine.ask('php-zd', 'history', site.name, '-n', '3', '--json');
    expect(JSON.parse(stdout)[0].rolls).toMatchObject([{ outcome: 'rolled' }, { by: 'bob' }, { outcome: 'rolled' }]);
    expect(JSON.parse(stdout)[0].rolls[0]).not.toHaveProperty('by');
    expect(JSON.parse(stdout)[0].rolls[2]).not.toHaveProperty('by');
    const table = await machine.run('php-zd', 'history', site.name);
    expect(table).toMatch(/^WHEN +BY +FROM +TO +RESULT +TOOK +REQUESTS +LOST\n/);
    expect(table).toMatch(/root +2 +3 +rolled back .*\n {4}replica \d answered \/health with 500 \(wanted 200\)/);
  });

  test('a deployment rolls also when nothing of what it says can be written; a verb that only tells something fails', async () => {
    const { machine, site } = scene();
    const next = await site.release();
    const command = `php-zd deploy shop ${site.directory(next)} --json >/dev/full 2>&1`;
    const report = await underLoad(machine, LOAD, async () => {
      expect(await machine.ask('sh', '-c', command)).toMatchObject({ status: 0 });
      await expectServing(site, next);
    });
    expectNothingLost(report);
    expect(await machine.ask('sh', '-c', 'php-zd status shop >/dev/full')).toEqual({
      ...{ status: 1, stdout: '' },
      stderr: 'php-zd: its output could not be written: no space is left on its file system.\n',
    });
  });

  test('no deployment tool takes the mount for a release', async () => {
    const { machine, site } = scene();
    const directory = `${site.base}/releases`;
    const names = (await readdir(`${machine.root}${directory}`)).filter(name => !name.startsWith('.')).sort();
    const seen = async (script: string) => {
      const said = await machine.run('sh', '-c', `cd ${directory} && ${script}`);
      const paths = said.trim().split(/\s+/);
      return paths.map(path => basename(path)).sort();
    };
    // Capistrano 3 (lib/capistrano/tasks/deploy.rake), Ansistrano (cleanup.yml, rollback.yml), Deployer (recipe/deploy).
    expect(await seen(`ls -xtr ${directory}`)).toEqual(names);
    expect(await seen('ls -1dt ./*')).toEqual(names);
    expect(await seen('ls -t -1 -d */')).toEqual(names);
    expect(names).not.toContain('shop.live');
    expect(await machine.run('ls', '-A', directory)).toContain('.shop.live');
  });

  test('a mount of another name comes and goes with a roll, under load', async () => {
    const { machine, site } = scene();
    const former = `${site.base}/releases/shop.live`;
    const nginx = '/etc/nginx/sites-enabled/shop';
    const report = await underLoad(machine, LOAD, async load => {
      await site.writeIni(`mount = ${former}\n`);
      await site.roll();
      await machine.run('sed', '--in-place', 's/[.]shop.live/shop.live/', nginx);
      await machine.run('systemctl', 'reload', 'nginx');
      await load.round();
      await site.writeIni('');
      await site.roll();
      await load.round();
      await machine.run('sed', '--in-place', 's/shop.live/.shop.live/', nginx);
      await machine.run('systemctl', 'reload', 'nginx');
      // So many rounds that each child of each replica has had a request since the web server changed.
      for (let round = 0; round < 50; round += 1) await load.round();
      for (let roll = 0; roll < 2; roll += 1) {
        await site.flip(await site.release());
        await site.roll();
      }
    });
    expectNothingLost(report);
  });

  const deploy = (release: string) =>
    scene().machine.ask('php-zd', 'deploy', scene().site.name, scene().site.directory(release));

  const linkOf = () => readlink(`${scene().machine.root}${scene().site.base}/current`);
});
