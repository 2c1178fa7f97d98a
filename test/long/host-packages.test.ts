import { expect, test } from 'vitest';
import { installFetched } from '../lab/machine.ts';
import { onEachSuite } from '../scene/scene.ts';

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
});
