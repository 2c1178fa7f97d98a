import { describe, expect, test } from 'vitest';
import { onceBooted } from '../lab/booted.ts';
import { followJournal } from '../lab/journal.ts';
import { awaitAnswer, bootMachine, type Machine, SUITES } from '../lab/machine.ts';
import { setUpSite } from '../lab/site.ts';
import { underLoad } from '../load/start.ts';
import { addRepositories, apt } from '../scene/apt.ts';
import { expectNothingLost, expectServing } from '../scene/expect.ts';
import { expectNextRoll } from '../scene/mid-roll.ts';
import type { Scene } from '../scene/scene.ts';
import { standRequest } from '../scene/stand.ts';

// dpkg and the script that it runs, killed at a step of the script, which a program of the host's marks that the script calls there.

/** In the place of a program: kills dpkg and all between, once, where the step is the one that the file names. */
const TRAP = `#!/bin/sh
name=\${0##*/}
if [ -s /root/kill-at ] && grep -qxF "$name $*" /root/kill-at; then
  pids= of=$PPID
  while [ "$of" -gt 1 ] && [ "$(cat /proc/$of/comm)" != dpkg ]; do
    pids="$pids $of"
    of=$(awk '$1 == "PPid:" { print $2 }' /proc/$of/status)
  done
  if [ "$of" -gt 1 ]; then
    rm /root/kill-at
    # What it makes lies there half made.
    if [ "$name" = node ]; then
      "$0.real" "$@" &
      pids="$pids $!"
      until ls -d /usr/lib/php-zd/start.[0-9]* >/dev/null 2>&1; do sleep 0.02; done
    fi
    kill -KILL "$of" $pids
    exit 1
  fi
fi
exec "$0.real" "$@"
`;
const TRAPPED = ['/usr/bin/systemctl', '/usr/bin/dpkg-query', '/usr/bin/node', '/usr/bin/findmnt', '/usr/sbin/userdel'];

const ROLLS = 'list-units --plain --no-legend --state=start-pre,start,reload,stop-post php-zd@*.service';
const RUNNING = 'list-units --plain --no-legend --state=active,reloading,activating,deactivating php-zd@*.service';

/** Steps of an upgrade, by which sites that run are not touched. */
const OF_UPGRADE: Readonly<Record<string, string>> = {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's
  'the prerm of the former version': 'dpkg-query --show --showformat=${Version} php-zd',
  'the preinst, which waits for rolls': `systemctl ${ROLLS}`,
  'the postinst, while it makes the code cache': 'node /usr/lib/php-zd/code-cache.cjs',
  'the postinst, before units are read': 'systemctl --system daemon-reload',
};
const OF_REMOVAL: Readonly<Record<string, readonly ['remove' | 'purge', string]>> = {
  'the prerm, before sites are stopped': ['remove', `systemctl ${RUNNING}`],
  'the prerm, when sites are stopped': ['remove', 'findmnt --raw --noheadings --output TARGET'],
  'the postrm, when the files are gone': ['remove', 'systemctl --system daemon-reload'],
  'the postrm of a purge': ['purge', 'userdel php-zd-haproxy'],
};

describe.each(SUITES)('%s', suite => {
  const scene = onceBooted<Scene>(async () => {
    const machine = await bootMachine(`sys-interrupted-${suite}-${process.pid}`, suite, 'bare');
    await addRepositories(machine);
    expect(await apt(machine, 'install', 'php-zd')).toMatchObject({ status: 0 });
    await machine.write('/root/trap', TRAP);
    const lay = 'for f; do mv "$f" "$f.real" && install -m 755 /root/trap "$f"; done';
    const site = await setUpSite(machine);
    await machine.run('sh', '-ec', lay, 'sh', ...TRAPPED);
    return { machine, journal: followJournal(machine), site };
  });

  test.each(Object.entries(OF_UPGRADE))(
    'a dpkg that is killed in %s loses nothing, and the next one ends its work',
    async (_, step) => {
      const { machine, site } = scene();
      const again = ['--reinstall', 'install', 'php-zd'] as const;
      const report = await underLoad(machine, { fast: 3, post: 1 }, async ({ round }) => {
        await killedAt(machine, step, again);
        await round();
        await expectNextRoll(scene());
        // Before the files are laid dpkg wants the package anew.
        await machine.ask('dpkg', '--configure', '--pending');
        expect(await apt(machine, ...again)).toMatchObject({ status: 0 });
        await expectNextRoll(scene());
      });
      expectNothingLost(report);
      await expectServing(site, await site.promoted());
      expect(await machine.run('dpkg', '--audit')).toBe('');
      const { stdout, status } = await machine.ask('php-zd', 'doctor');
      expect({ stdout, status }).toMatchObject({ status: 0 });
    },
  );

  test("a process of another user's that has the number and the name of a dpkg that was killed refuses no roll", async () => {
    const { machine } = scene();
    await machine.run('install', '-m', '755', '/bin/sleep', '/srv/dpkg');
    await machine.run(
      'systemd-run',
      '--quiet',
      '--unit=namesake',
      '--property=Type=exec',
      '--property=User=nobody',
      '/srv/dpkg',
      '300',
    );
    const pid = (await machine.run('systemctl', 'show', '--property=MainPID', '--value', 'namesake')).trim();
    expect(await machine.run('cat', `/proc/${pid}/comm`)).toBe('dpkg\n');
    await machine.write('/run/php-zd-package', `${pid}\n`);
    await expectNextRoll(scene());
    await machine.run('systemctl', 'stop', 'namesake');
    await machine.run('rm', '/run/php-zd-package');
  });

  test('a removal while the site rolls, and has a request, answers that, and ends', async () => {
    const { machine, site } = scene();
    const { reached, answer, open } = await standRequest(scene());
    await site.flip(await site.release());
    await machine.run('systemctl', 'reload', '--no-block', 'php-zd@shop');
    await reached();
    const removal = apt(machine, 'remove', 'php-zd');
    await awaitAnswer('the stop of the site', async () =>
      /php-zd@shop\.service +stop /.test(await machine.run('systemctl', 'list-jobs')) ? true : undefined,
    );
    await open();
    expect(await answer).toMatchObject({ status: 0 });
    const { status, stdout, stderr } = await removal;
    expect({ status, stdout, stderr }).toMatchObject({ status: 0 });
    await expectNothingRuns(machine);
    await comeBack(machine);
    await expectNextRoll(scene());
  });

  test.each(Object.entries(OF_REMOVAL))(
    'a dpkg that is killed in %s is followed by one that ends its work',
    async (_, [verb, step]) => {
      const { machine } = scene();
      await killedAt(machine, step, [verb, 'php-zd']);
      expect(await machine.ask('dpkg', '--configure', '--pending')).toMatchObject({ status: 0 });
      expect(await apt(machine, verb, 'php-zd')).toMatchObject({ status: 0 });
      await expectNothingRuns(machine);
      expect(await machine.run('dpkg', '--audit')).toBe('');
      expect(await machine.ask('ls', '/usr/lib/php-zd')).toMatchObject({ stdout: '' });
      await comeBack(machine);
      await expectNextRoll(scene());
    },
  );
});

const killedAt = async (machine: Machine, step: string, words: readonly string[]): Promise<void> => {
  await machine.write('/root/kill-at', `${step}\n`);
  const { status, stdout, stderr } = await apt(machine, ...words);
  expect(await machine.ask('test', '-e', '/root/kill-at'), stdout + stderr).toMatchObject({ status: 1 });
  expect({ status, stdout, stderr }).toMatchObject({ status: 100 });
};

const expectNothingRuns = async (machine: Machine): Promise<void> => {
  expect((await machine.ask('pgrep', '--full', 'php-zd|pool shop|haproxy')).stdout).toBe('');
  expect(await machine.run('awk', '$5 ~ "^/run/php-zd"', '/proc/self/mountinfo')).toBe('');
};

const comeBack = async (machine: Machine): Promise<void> => {
  expect(await apt(machine, 'install', 'php-zd')).toMatchObject({ status: 0 });
  await machine.run('systemctl', 'start', 'php-zd@shop');
};
