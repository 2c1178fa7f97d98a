import { expect } from 'vitest';
import { awaitAnswer } from '../lab/machine.ts';
import { type Arena, type Attack, crashAlpha, onArena } from './arena.ts';

const STORAGE = '/srv/alpha/shared/storage';

/** systemd 252 made something in the first restart (facts.md N46). */
const STARTS = 4;

/** alpha's site file as it is, without the lines that the tests write themselves. */
const iniOf = async ({ machine, alpha }: Arena): Promise<string> =>
  (await machine.run('cat', alpha.file)).split('\n').slice(3).join('\n');

/** A release of alpha's, rolled to, with a directory of its own where a directory of alpha's is shared. */
const share = async (arena: Arena, ini: string): Promise<string> => {
  const { machine, alpha } = arena;
  await machine.run('sh', '-c', `mkdir -p ${STORAGE} && chown -R ${alpha.user}: /srv/alpha/shared`);
  await alpha.writeIni(`${ini}\n[shared]\nstorage = ${STORAGE}\n`);
  const next = await alpha.release();
  await machine.run('mkdir', `${alpha.directory(next)}/storage`);
  await alpha.flip(next);
  await alpha.roll();
  return alpha.directory(next);
};

const inExec = async ({ machine }: Arena, ...options: readonly string[]) =>
  await machine.ask('php-zd', 'exec', 'alpha', ...options, '--', 'sh', '-c', 'cat storage/* public/index.php');

/** A deploy user of alpha's, who may flip its link and reload the site, and nothing else. */
const flipTo = ({ machine, alpha }: Arena, target: string) =>
  machine.run('ln', '--symbolic', '--force', '--no-dereference', target, `${alpha.base}/current`);

/** Rolls only where something else than release 1 was rolled to: a roll that was refused has touched nothing. */
const goBack = async (arena: Arena) => {
  await flipTo(arena, 'releases/1');
  const reload = ['php-zd', 'reload', '--if-changed', 'alpha'] as const;
  expect(await arena.machine.ask(...reload)).toMatchObject({ status: 0 });
};

/** What alpha's visitors get of a file there. */
const served = async ({ machine, alpha }: Arena): Promise<string> =>
  (await machine.ask('curl', '-s', '-m', '9', alpha.url)).stdout;

const refusedAt =
  (target: string): Attack['act'] =>
  async arena => {
    await flipTo(arena, target);
    const { status, stderr } = await arena.alpha.reload();
    expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining('Nothing was touched') });
    expect((await arena.machine.ask('systemctl', 'reload', 'php-zd@alpha')).status).not.toBe(0);
    expect(await served(arena)).toContain('release=1');
    await goBack(arena);
  };

const TOOLS = '/srv/alpha/shared/tools';

/** A directory of alpha's like /usr/bin, whose every program says who ran it. */
const layTraps = ({ machine, alpha }: Arena) =>
  machine.run(
    'sh',
    '-c',
    `mkdir -p ${TOOLS} && cd ${TOOLS} && cp /usr/bin/dash .dash && cp /usr/bin/id .id &&
    printf '#!${TOOLS}/.dash\\n: >/usr/bin/ran-as-$(${TOOLS}/.id -u)\\n' >.trap && chmod 755 .trap &&
    tee $(ls /usr/bin) <.trap >/dev/null && chmod 755 * && chown -R ${alpha.user}: ${TOOLS}`,
  );

const REPLICAS = 'php-zd-fpm-alpha@*';

const killMasters = async ({ machine }: Arena): Promise<void> => {
  await machine.run('systemctl', 'kill', '--kill-whom=main', '--signal=KILL', REPLICAS);
};

/** Every master dies, and systemd starts it again, among what lies there by now. */
const crash = async (arena: Arena): Promise<void> => {
  await killMasters(arena);
  await arena.machine.run('sleep', '2');
};

/** Every master dies, and no replica comes back: each start ends with the status of a configuration that is no good. */
const crashForGood = async (arena: Arena): Promise<void> => {
  await killMasters(arena);
  const show = ['systemctl', 'show', '--property=ActiveState,ExecMainStatus', REPLICAS] as const;
  await awaitAnswer('the end of the replicas', async () =>
    /^(ExecMainStatus=79\nActiveState=failed\n\n?)+$/.test(await arena.machine.run(...show)) ? true : undefined,
  );
};

/**
 * While the work goes on a directory is again and again exchanged with a link beside it, by alpha, as fast as it can. renameat2(2), with
 * RENAME_EXCHANGE, has another number on each architecture.
 */
const whileExchanged = async (
  { machine, alpha }: Arena,
  [directory, link]: readonly [string, string],
  work: () => Promise<void>,
): Promise<void> => {
  const script = `my ($one, $other) = @ARGV; my %of = (x64 => 316, arm64 => 276);
    syscall($of{'${process.arch}'}, -100, $one, -100, $other, 2) == 0 or die "$!" while 1;`;
  await machine.write('/srv/exchange.pl', script, 0o644);
  const user = ['--unit=exchange', `--property=User=${alpha.user}`, '--property=Nice=0'] as const;
  await machine.run('systemd-run', '--quiet', ...user, 'perl', '/srv/exchange.pl', directory, link);
  await work();
  // It went on until now.
  await machine.run('systemctl', 'is-active', 'exchange');
  await machine.run('systemctl', 'stop', 'exchange');
};

const whoRan = async ({ machine }: Arena, directory: string): Promise<readonly string[]> =>
  (await machine.run('find', directory, '-name', 'ran-as-*', '-printf', '%f\n')).split('\n').filter(Boolean);

const attacks: readonly Attack[] = [
  {
    title: "alpha's link leads to a directory of root's",
    act: async arena => {
      await arena.machine.write('/root/private/public/index.php', '<?php echo "secret of root";');
      await refusedAt('/root/private')(arena);
    },
  },
  { title: "alpha's link leads to a release of beta's", act: refusedAt('/srv/beta/releases/1') },
  {
    title: "a release of alpha's is a link to a release of beta's",
    act: async arena => {
      await arena.machine.run('ln', '-s', '/srv/beta/releases/1', `${arena.alpha.base}/releases/x`);
      await refusedAt('releases/x')(arena);
    },
  },
  {
    title: "a release lies in alpha's root, but its user could not come to it",
    act: async arena => {
      const { machine, alpha } = arena;
      await machine.write(`${alpha.base}/releases/closed/7/public/index.php`, '<?php echo "secret";');
      await machine.run('chmod', '700', `${alpha.base}/releases/closed`);
      await refusedAt('releases/closed/7')(arena);
    },
  },
  {
    title: 'prune after the link was pointed among other applications',
    act: async arena => {
      const { machine } = arena;
      for (const name of ['a', 'b']) await machine.write(`/var/www/others/${name}/public/index.php`, '<?php');
      await flipTo(arena, '/var/www/others/a');
      await machine.ask('php-zd', 'prune', 'alpha', '--keep', '0');
      expect(await machine.run('ls', '/var/www/others')).toBe('a\nb\n');
      await goBack(arena);
    },
  },
  {
    title: 'a place of [shared] is a dangling link in the release, which systemd would make as root',
    act: async arena => {
      const { machine, alpha } = arena;
      await machine.run('mkdir', '-p', '/srv/alpha/shared/storage');
      const ini = await iniOf(arena);
      await alpha.writeIni(`${ini}\n[shared]\nstorage = /srv/alpha/shared/storage\n`);
      const next = await alpha.release();
      await machine.run('ln', '-s', '/etc/nologin', `${alpha.directory(next)}/storage`);
      await alpha.flip(next);
      expect(await alpha.reload()).toMatchObject({ status: 2 });
      expect((await machine.ask('test', '-e', '/etc/nologin')).status).toBe(1);
      await alpha.writeIni(ini);
      await goBack(arena);
    },
  },
  {
    title: "a directory of [writable] lies behind a link to root's: nobody is told to give it away",
    act: async arena => {
      const { machine, alpha } = arena;
      const ini = await iniOf(arena);
      await alpha.writeIni(`${ini}\n[writable]\nvar/log = yes\n`);
      const next = await alpha.release();
      await machine.run('ln', '-s', '/var', `${alpha.directory(next)}/var`);
      await alpha.flip(next);
      const { status, stderr } = await alpha.reload();
      expect({ status, stderr }).toMatchObject({
        status: 2,
        stderr: expect.stringContaining(': /var/log; let whoever'),
      });
      expect(stderr).not.toContain('chown');
      await alpha.writeIni(ini);
      await goBack(arena);
    },
  },
  {
    title: 'the release gives its place to another directory: a command of exec does not run in it',
    act: async arena => {
      const { machine, alpha } = arena;
      await machine.write('/srv/other/public/index.php', '<?php echo "secret of another";');
      const release = alpha.directory('1');
      await machine.run('sh', '-c', `mv ${release} ${release}.aside && cp -a /srv/other ${release}`);
      const { status, stdout, stderr } = await inExec(arena);
      await machine.run('sh', '-c', `rm -r ${release} && mv ${release}.aside ${release}`);
      expect({ status, stdout, stderr }).toMatchObject({ status: 125 });
      expect(stdout + stderr).not.toContain('secret');
    },
  },
  // From here on each attack begins with a roll of its own, from wherever the one before it left alpha.
  {
    title:
      'a directory that is shared becomes a link to one behind another that alpha may not enter: no replica, command or roll shows it',
    act: async arena => {
      const { machine, alpha } = arena;
      const ini = await iniOf(arena);
      const release = await share(arena, ini);
      await machine.write('/root/closed/open/file', 'secret of root', 0o644);
      await machine.run('sh', '-c', 'chmod 700 /root/closed; chmod 755 /root /root/closed/open');
      await arena.onHost(`mv ${STORAGE} ${STORAGE}.aside && ln -s /root/closed/open ${STORAGE}`);
      await crashForGood(arena);
      for (const options of [[], ['--release', release]]) {
        const { status, stdout, stderr } = await inExec(arena, ...options);
        expect({ status, said: stdout + stderr }).toEqual({
          status: expect.any(Number),
          said: expect.not.stringContaining('secret'),
        });
        expect(status).not.toBe(0);
      }
      expect(await alpha.reload()).toMatchObject({ status: 2, stderr: expect.stringContaining('cannot come to') });
      await arena.onHost(`rm ${STORAGE} && mv ${STORAGE}.aside ${STORAGE}`);
      await alpha.roll();
      await arena.alpha.writeIni(ini);
    },
  },
  {
    title: 'what is shared is replaced by another directory of alpha that is its own: replicas come back with it',
    act: async arena => {
      const ini = await iniOf(arena);
      await share(arena, ini);
      await arena.onHost(`mv ${STORAGE} ${STORAGE}.old && mkdir ${STORAGE} && echo new >${STORAGE}/which`);
      await crashAlpha(arena);
      expect((await inExec(arena)).stdout).toContain('new');
      await arena.alpha.writeIni(ini);
    },
  },
  {
    title:
      'between roll and restart the place of [shared], then the mount point, becomes a link to nothing: nothing is made there',
    act: async arena => {
      const { machine, alpha } = arena;
      const ini = await iniOf(arena);
      const release = await share(arena, ini);
      const mount = `${alpha.base}/releases/.alpha.live`;
      for (const place of [`${release}/storage`, mount]) {
        await machine.run('sh', '-c', `mv ${place} ${place}.aside && ln -s /etc/nologin ${place}`);
        await crash(arena);
        await machine.ask('systemctl', 'restart', REPLICAS);
        expect((await inExec(arena)).status).not.toBe(0);
        expect((await inExec(arena, '--release', release)).status).not.toBe(0);
        expect((await machine.ask('php-zd', 'check', 'alpha')).status).not.toBe(0);
        expect((await alpha.reload()).status).toBe(2);
        expect((await machine.ask('test', '-e', '/etc/nologin')).status).toBe(1);
        await machine.run('sh', '-c', `rm ${place} && mv ${place}.aside ${place}`);
        await alpha.roll();
      }
      await arena.alpha.writeIni(ini);
    },
  },
  {
    title:
      'a directory above a place of [shared] is exchanged with a link to /etc all the while: no start makes anything there',
    act: async arena => {
      const { machine, alpha } = arena;
      const ini = await iniOf(arena);
      await machine.run('sh', '-c', `mkdir -p ${STORAGE} && chown -R ${alpha.user}: /srv/alpha/shared`);
      await alpha.writeIni(`${ini}\n[shared]\ndeep/nologin = ${STORAGE}\n`);
      const next = await alpha.release();
      const release = alpha.directory(next);
      await machine.run('sh', '-c', `mkdir -p ${release}/deep/nologin && ln -s /etc ${release}/link`);
      await machine.run('chown', '--no-dereference', '--recursive', `${alpha.user}:`, release);
      await alpha.flip(next);
      await alpha.roll();
      await whileExchanged(arena, [`${release}/deep`, `${release}/link`], async () => {
        for (let start = 0; start < STARTS; start += 1) {
          await machine.ask('systemctl', 'restart', REPLICAS);
          await machine.ask('systemctl', 'reset-failed', REPLICAS);
          expect([start, (await machine.ask('test', '-e', '/etc/nologin')).status]).toEqual([start, 1]);
        }
      });
      await machine.run(
        'sh',
        '-c',
        `cd ${release} && [ ! -L deep ] || { mv deep other && mv link deep && mv other link; }`,
      );
      await alpha.roll();
      await alpha.writeIni(ini);
    },
  },
  {
    title:
      'a place of [shared] becomes a link to /usr/bin, and the replicas crash: nobody with more rights runs what lies there',
    act: async arena => {
      const { machine, alpha } = arena;
      await layTraps(arena);
      const ini = await iniOf(arena);
      await alpha.writeIni(`${ini}\n[shared]\ntools = ${TOOLS}\n`);
      const next = await alpha.release();
      const place = `${alpha.directory(next)}/tools`;
      await machine.run('mkdir', place);
      await alpha.flip(next);
      await alpha.roll();
      await machine.run('sh', '-c', `rmdir ${place} && ln -s /usr/bin ${place}`);
      await crash(arena);
      await machine.ask('systemctl', 'restart', REPLICAS);
      expect(await whoRan(arena, TOOLS)).not.toContain('ran-as-0');
      await alpha.writeIni(ini);
    },
  },
  {
    title: 'the mount point of the release becomes a link to /usr/bin, and the replicas crash',
    act: async arena => {
      const { machine, alpha } = arena;
      await layTraps(arena);
      const next = await alpha.release();
      await machine.run('sh', '-c', `cp -a ${TOOLS}/. ${alpha.directory(next)}; chmod 777 ${alpha.directory(next)}`);
      const ini = await iniOf(arena);
      await alpha.writeIni(`access = read-write\n${ini}`);
      await alpha.flip(next);
      await alpha.roll();
      const mount = `${alpha.base}/releases/.alpha.live`;
      // Removed, the directory would be gone from every replica at once (facts.md N13).
      await machine.run('sh', '-c', `mv ${mount} ${mount}.aside && ln -s /usr/bin ${mount}`);
      await crash(arena);
      await machine.ask('systemctl', 'restart', REPLICAS);
      expect(await whoRan(arena, alpha.directory(next))).not.toContain('ran-as-0');
      await machine.run('sh', '-c', `rm ${mount} && mv ${mount}.aside ${mount}`);
      await alpha.writeIni(ini);
    },
  },
  {
    title:
      "after the roll a release of alpha's gives its place to a directory of root's, and the replicas crash: it is never served",
    act: async arena => {
      const { machine, alpha } = arena;
      await machine.write('/root/private/public/index.php', '<?php echo "secret of root";');
      const next = await alpha.release();
      const release = alpha.directory(next);
      await alpha.flip(next);
      await alpha.roll();
      await machine.run('sh', '-c', `mv ${release} ${release}.aside && ln -s /root/private ${release}`);
      await crashForGood(arena);
      expect(await served(arena)).not.toContain('secret');
      expect(await alpha.reload()).toMatchObject({ status: 2 });
      expect((await machine.ask('systemctl', 'restart', 'php-zd@alpha')).status).not.toBe(0);
      expect(await served(arena)).not.toContain('secret');
      await machine.run('sh', '-c', `rm ${release} && mv ${release}.aside ${release}`);
      await machine.run('systemctl', 'start', 'php-zd@alpha');
      await goBack(arena);
    },
  },
];

onArena('links', attacks);
