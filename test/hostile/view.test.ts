import { expect } from 'vitest';
import { type Arena, type Attack, onArena } from './arena.ts';

const POOL = '[pool]\npm.max_children = 4\n';
const MOUNT = '/srv/alpha/releases/alpha.live';
/** Says whom PHP was when it was run, and where that left a file. */
const PRELOAD = `<?php @file_put_contents('/run/owned', posix_getuid()); @file_put_contents('/tmp/preloaded', posix_getuid());
function preloaded() { return trim(file_get_contents(__DIR__ . '/RELEASE')); }`;
const SHOW = '<?php echo function_exists("preloaded") ? preloaded() : "nothing";';

const ownedBy = async ({ machine }: Arena, path: string): Promise<string> =>
  (await machine.ask('stat', '--format=%U', path)).stdout.trim();

const preloading = (path: string) => `[php]\nini[opcache.preload] = ${path}\n${POOL}[drain]\ntimeout = 2s\n`;

const attacks: readonly Attack[] = [
  {
    title: 'a preload script at the mount point: check passes, each roll preloads its own release, and root runs none',
    act: async arena => {
      const { machine, alpha } = arena;
      await alpha.writeIni(preloading(`${MOUNT}/preload.php`));
      for (const _ of [1, 2]) {
        const release = await alpha.release({ 'preload.php': PRELOAD, 'public/index.php': SHOW });
        await alpha.flip(release);
        expect(await machine.ask('php-zd', 'check', 'alpha')).toMatchObject({ status: 0 });
        expect(await alpha.reload()).toMatchObject({ status: 0 });
        expect(await machine.run('curl', '-sS', '-f', alpha.url)).toBe(release);
      }
      expect(await ownedBy(arena, '/run/owned')).toBe('');
      expect(await machine.run('cat', '/var/lib/php-zd/alpha/tmp/alpha/preloaded')).toBe(
        (await machine.run('id', '--user', 'alpha')).trim(),
      );
    },
  },
  {
    title: 'a preload script on the host: neither check, nor a roll, nor init runs it as root',
    act: async arena => {
      const { machine, alpha } = arena;
      await machine.write('/srv/alpha/preload.php', PRELOAD);
      await alpha.writeIni(preloading('/srv/alpha/preload.php'));
      await machine.ask('php-zd', 'check', 'alpha');
      await alpha.reload();
      await machine.write('/etc/php-zd/defaults.ini', '[php]\nini[opcache.preload] = /srv/alpha/preload.php\n');
      await machine.ask('php-zd', 'init', 'gamma', '--release', '/srv/alpha/current', '--user', 'alpha', '--yes');
      await machine.run('rm', '-f', '/etc/php-zd/defaults.ini', '/etc/php-zd/sites/gamma.ini');
      expect(await ownedBy(arena, '/run/owned')).toBe('');
    },
  },
  {
    title: 'log files that the site names are neither made nor followed by root',
    act: async arena => {
      const { machine, alpha } = arena;
      await machine.run('mkdir', '--parents', '/srv/alpha/logs');
      await machine.run('chown', 'alpha:', '/srv/alpha/logs');
      await machine.run('ln', '-sfT', '/etc/nologin', '/srv/alpha/logs/slow.log');
      for (const path of ['/srv/alpha/logs/slow.log', '/var/log/alpha.slow.log', '/etc/cron.d/alpha']) {
        const logs = `slowlog = ${path}\nrequest_slowlog_timeout = 2s\naccess.log = ${path}.access\n`;
        await alpha.writeIni(`${POOL}${logs}[drain]\ntimeout = 2s\n`);
        const checked = await machine.ask('php-zd', 'check', 'alpha');
        expect(checked.status).toBe(2);
        expect(checked.stderr).toContain(path);
        expect((await alpha.reload()).status).toBe(2);
        for (const made of [path, `${path}.access`]) expect((await machine.ask('test', '-e', made)).status).toBe(1);
      }
      expect((await machine.ask('test', '-e', '/etc/nologin')).status).toBe(1);
      const logs = 'slowlog = /tmp/slow.log\nrequest_slowlog_timeout = 2s\naccess.log = /tmp/access.log\n';
      await alpha.writeIni(`${POOL}${logs}[drain]\ntimeout = 2s\n`);
      await alpha.flip(await alpha.release());
      expect(await machine.ask('php-zd', 'check', 'alpha')).toMatchObject({ status: 0 });
      expect(await alpha.reload()).toMatchObject({ status: 0 });
      expect(await ownedBy(arena, '/var/lib/php-zd/alpha/tmp/alpha/slow.log')).toBe('alpha');
    },
  },
  {
    title: 'a check by somebody who is not root runs nothing of the site',
    act: async arena => {
      const { machine, alpha } = arena;
      await alpha.writeIni(preloading('/srv/alpha/preload.php'));
      await machine.run('rm', '--force', '/tmp/preloaded');
      const { stdout, stderr } = await machine.ask('runuser', '-u', 'nobody', '--', 'php-zd', 'check', 'alpha');
      expect(stdout + stderr).toContain('sudo php-zd check alpha');
      expect((await machine.ask('test', '-e', '/tmp/preloaded')).status).toBe(1);
      await alpha.writeIni(`${POOL}[drain]\ntimeout = 2s\n`);
    },
  },
];

onArena('view', attacks);
