import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { installFetched } from '../lab/machine.ts';
import type { Found } from '../scene/fixes.ts';
import { onEachSuite } from '../scene/scene.ts';

const LOG = '/var/log/shop/access.log';

// Debian's packages that come to a host beside php-zd, while sites run.
onEachSuite('host-packages', {}, scene => {
  /** What a command has in the view of a replica that has run all the time. */
  const inReplica = async (...command: readonly string[]): Promise<string> => {
    const { machine } = scene();
    const units = await machine.run('systemctl', 'list-units', '--plain', '--no-legend', 'php-zd-fpm-shop@*');
    const pid = await machine.run('systemctl', 'show', '--value', '--property=MainPID', units.split(' ')[0] ?? '');
    return await machine.run('nsenter', '--target', pid.trim(), '--mount', '--', ...command);
  };

  test('systemd-resolved that is installed while replicas run resolves names for them too', async () => {
    const { machine } = scene();
    await installFetched(machine, 'systemd-resolved');
    expect(await machine.run('readlink', '/etc/resolv.conf')).toBe('../run/systemd/resolve/stub-resolv.conf\n');
    expect(await inReplica('cat', '/etc/resolv.conf')).toContain('nameserver 127.0.0.53');
    // The directory that was made for it is its own.
    expect(await machine.run('stat', '--format=%U %a', '/run/systemd/resolve')).toBe('systemd-resolve 755\n');
    await machine.run('systemctl', 'restart', 'systemd-resolved');
    expect(await inReplica('cat', '/etc/resolv.conf')).toContain('nameserver 127.0.0.53');
    await machine.run('dpkg', '--purge', 'systemd-resolved');
    expect(await machine.run('dpkg', '--audit')).toBe('');
  });

  test('the rotations of php-zd.ini(5) go well in logrotate.service, with a roll too, and replicas write into the new log', async () => {
    const { machine, site } = scene();
    await installFetched(machine, 'logrotate');
    await machine.run('install', '-d', '-o', 'shop', '-g', 'shop', '/var/log/shop');
    const [copying = '', rolling = ''] = await readRotations(machine.root);
    const ini = `[pool]\naccess.log = ${LOG}\n[writable]\n/var/log/shop = yes\n`;
    await site.writeIni(ini);
    await site.roll();
    for (const text of [copying, copying.replace(/^ *copytruncate\n/m, rolling)]) {
      await machine.write('/etc/logrotate.d/shop', text);
      await machine.run('curl', '--silent', '--fail', site.url);
      const [slots, lines] = [await serving(), await linesOf(`${LOG}.1`)];
      await rotate();
      expect((await serving()) === slots).toBe(text === copying);
      expect(await linesOf(`${LOG}.1`)).not.toBe(lines);
      const before = await linesOf(LOG);
      await machine.run('curl', '--silent', '--fail', site.url);
      expect(await linesOf(LOG)).toBe(before + 1);
      expect(await rotationFindings()).toEqual([]);
    }
  });

  test('a rotation that signals PHP-FPM is found, and ends as doctor says', async () => {
    const { machine, site } = scene();
    const text = `${LOG} {\n su shop shop\n daily\n create\n postrotate\n true\n endscript\n}\n`;
    await machine.write('/etc/logrotate.d/shop', text);
    await machine.run('curl', '--silent', '--fail', site.url);
    await rotate();
    const [found] = await rotationFindings();
    expect(found?.facts).toMatchObject({ path: LOG });
    const [, line = ''] = /write "(systemctl reload \S+)" as its postrotate/.exec(found?.fix ?? '') ?? [];
    await machine.write('/etc/logrotate.d/shop', text.replace('true', line));
    for (const command of found?.steps.type ?? []) await machine.run(...command);
    expect(await rotationFindings()).toEqual([]);
    await machine.run('curl', '--silent', '--fail', site.url);
    await rotate();
    expect(await rotationFindings()).toEqual([]);
    await machine.run('curl', '--silent', '--fail', site.url);
  });

  /** As its timer does, for a log that was rotated long ago. */
  const rotate = async (): Promise<void> => {
    const { machine } = scene();
    const state = `logrotate state -- version 2\n"${LOG}" 2020-1-1-0:0:0\n`;
    await machine.write('/var/lib/logrotate/status', state);
    await machine.run('systemctl', 'start', 'logrotate.service');
  };

  const serving = (): Promise<string> => scene().machine.run('ls', '/run/php-zd/shop/serving');

  const linesOf = async (path: string): Promise<number> =>
    (await scene().machine.ask('cat', path)).stdout.split('\n').length;

  const rotationFindings = async (): Promise<readonly Told[]> => {
    const { stdout } = await scene().machine.ask('php-zd', 'doctor', '--json', 'shop');
    const { findings } = JSON.parse(stdout) as { findings: readonly Told[] };
    return findings.filter(({ check }) => check === 'log-files');
  };
});

type Told = Found & { readonly fix: string };

/** The file of the manual, and the lines that stand in the place of one of it. */
const readRotations = async (root: string): Promise<readonly string[]> => {
  const page = await readFile(`${root}/usr/share/man/man5/php-zd.ini.5`, 'utf8');
  const literals = [...page.matchAll(/^\.Bd -literal.*\n((?:.*\n)*?)\.Ed$/gm)].map(([, text = '']) => text);
  return literals.filter(text => /copytruncate|postrotate/.test(text));
};
