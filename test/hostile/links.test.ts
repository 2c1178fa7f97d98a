import { expect } from 'vitest';
import { type Arena, type Attack, onArena } from './arena.ts';

/** A deploy user of alpha's, who may flip its link and reload the site, and nothing else. */
const flipTo = ({ machine, alpha }: Arena, target: string) =>
  machine.run('ln', '--symbolic', '--force', '--no-dereference', target, `${alpha.base}/current`);

const goBack = async (arena: Arena) => {
  await flipTo(arena, 'releases/1');
  expect(await arena.alpha.reload()).toMatchObject({ status: 0 });
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
      const ini = (await machine.run('cat', alpha.file)).split('\n').slice(3).join('\n');
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
];

onArena('links', attacks);
