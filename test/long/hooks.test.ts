import { expect } from 'vitest';
import { hookUnit } from '../../src/base/paths.ts';
import type { HookName } from '../../src/site/site.ts';
import { type Arena, type Attack, onArena } from '../hostile/arena.ts';

/** A roll in the replicas' own places: before_serve comes right after before_roll, and a roll that fails there leaves nothing to mend. */
const INI = 'surge = 0\n[pool]\npm.max_children = 4\n[health]\npath = /health\ninterval = 100ms\ndeadline = 3s\n';
const RELEASES = '/srv/alpha/releases';
const MOUNT = `${RELEASES}/.alpha.live`;

/** Everything that the hook's services have written. */
const saidBy = async ({ machine }: Arena, hook: HookName): Promise<string> => {
  await machine.run('journalctl', '--sync');
  return await machine.run('journalctl', '--output=cat', `_SYSTEMD_UNIT=${hookUnit('alpha', hook)}`);
};

/** alpha on the release that it was on, and without hooks, unless these are told. */
const goBack = async (alpha: Arena['alpha'], machine: Arena['machine'], ini = INI): Promise<void> => {
  await alpha.writeIni(ini);
  await alpha.flip(await alpha.promoted());
  expect(await machine.ask('php-zd', 'reload', '--if-changed', 'alpha')).toMatchObject({ status: 0 });
};

/**
 * before_roll runs as alpha when the release was found fit, and, in a roll in its place, before_serve right after it. There the program
 * says who it runs as.
 */
const withSwap = (swap: string): string =>
  `${INI}[hooks]\nbefore_roll = 'sh -c "${swap}"'\nbefore_serve = 'sh -c "id -u; cat public/index.php"'\n`;

interface Swap {
  readonly what: string;
  /** The place that alpha gives to something else. */
  readonly place: (release: string) => string;
  readonly put: string;
  /** How the roll ends: with its mount point alpha takes their release from its own replicas, which no settle can give back. */
  readonly status: number;
}

const SWAPS: readonly Swap[] = [
  { what: "a directory of root's", place: release => release, put: 'ln -s /root/private', status: 1 },
  { what: 'another directory of its own', place: release => release, put: 'cp -a /srv/alpha/other', status: 1 },
  { what: 'a link to /usr/bin in the place of the mount point', place: () => MOUNT, put: 'ln -s /usr/bin', status: 5 },
];

/** What a release, its user and its programs may do by way of the hooks of a roll. */
const attacks: readonly Attack[] = [
  ...SWAPS.map(({ what, place: placeOf, put, status }) => ({
    title: `between the roll's look and a hook alpha puts there ${what}: the hook runs in nothing but what was found fit`,
    act: async (arena: Arena) => {
      const { machine, alpha } = arena;
      await machine.write('/root/private/public/index.php', '<?php echo "secret of root";');
      await machine.write('/srv/alpha/other/public/index.php', '<?php echo "another";');
      await machine.run('chown', '-R', `${alpha.user}:`, RELEASES, '/srv/alpha/other');
      await goBack(alpha, machine);
      const next = await alpha.release();
      await alpha.flip(next);
      const place = placeOf(alpha.directory(next));
      await alpha.writeIni(withSwap(`mv ${place} ${place}.aside && ${put} ${place}`));
      const rolled = await alpha.reload();
      expect(rolled).toMatchObject({
        status,
        stderr: expect.stringMatching(/failed at step \d+ of \d+: the (hook before_serve|release) /),
      });
      expect(await machine.run('ls', '-d', `${place}.aside`)).toContain('.aside');
      expect(await saidBy(arena, 'before_serve')).not.toMatch(/^\d+$|<\?php|secret|another/m);
      await machine.run('sh', '-c', `rm -r ${place}; mv ${place}.aside ${place}`);
      await goBack(alpha, machine);
    },
  })),
  {
    title:
      "a hook of alpha's leaves a process, says what moves a cursor, and never ends, and its release has blanks in its name: " +
      "nothing of it is left, and root's hook is told one word for each",
    act: async ({ machine, alpha }) => {
      const release = `${RELEASES}/9 --all two`;
      await machine.run('cp', '-a', alpha.directory('1'), release);
      await machine.write('/usr/local/bin/never', NEVER, 0o755);
      await machine.write('/usr/local/bin/told', `#!/bin/sh\nprintf '%s\\n' "$#" "$@" >/root/told\n`, 0o755);
      const told = `${INI}[hooks]\non_failure = +/usr/local/bin/told $PHP_ZD_RELEASE $PHP_ZD_REASON\ntimeout = 1s\n`;
      // The hook after a failure is that of what serves then.
      await goBack(alpha, machine, told);
      await alpha.writeIni(`${told}before_roll = never\n`);
      await machine.run('ln', '-sfn', release, `${alpha.base}/current`);
      const { status, stderr } = await alpha.reload();
      expect({ status, stderr }).toMatchObject({ status: 1, stderr: expect.stringContaining('did not end within 1s') });
      expect(stderr).not.toMatch(HEEDED);
      expect((await machine.ask('pgrep', '--full', 'sleep 30[12]')).status).toBe(1);
      const words = await machine.run('cat', '/root/told');
      expect(words).toMatch(
        /^2\n\/srv\/alpha\/releases\/9 --all two\nthe hook before_roll did not end within 1s .*\n$/,
      );
      expect(words).not.toMatch(HEEDED);
      await goBack(alpha, machine);
    },
  },
];

/** What a terminal heeds, but for line breaks. */
const HEEDED = /(?!\n)[\p{Cc}\u202e]/u;

/** It and what it leaves ignore SIGTERM. */
const NEVER = `#!/bin/sh
trap '' TERM
setsid sleep 301 >/dev/null 2>&1 &
printf 'words\\n\\033[2J\\233\\342\\200\\256 last words\\n'
exec sleep 302
`;

onArena('hooks', attacks);
