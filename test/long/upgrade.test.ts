import { describe, expect, test } from 'vitest';
import { onceBooted } from '../lab/booted.ts';
import { followJournal } from '../lab/journal.ts';
import { awaitAnswer, bootMachine, type Machine, SUITES } from '../lab/machine.ts';
import { setUpSite } from '../lab/site.ts';
import { underLoad } from '../load/start.ts';
import { addRepositories, apt, layFirstVersion, offerLaterPhpZd } from '../scene/apt.ts';
import { expectNothingLost, expectServing } from '../scene/expect.ts';
import { expectNextRoll } from '../scene/mid-roll.ts';
import type { Scene } from '../scene/scene.ts';
import { standRequest } from '../scene/stand.ts';

const LOAD = { fast: 3, slow: 1, post: 1, slowSeconds: 1 };
/** preinst has it as long as dpkg replaces php-zd. */
const MARK = '/run/php-zd-package';
const AS_PROMOTED = '/run/php-zd/shop/as-promoted';

describe.each(SUITES)('%s', suite => {
  const scene = onceBooted<Scene>(async () => {
    const machine = await bootMachine(`sys-upgrade-${suite}-${process.pid}`, suite, 'bare');
    await addRepositories(machine);
    await layFirstVersion(machine);
    return { machine, journal: followJournal(machine), site: await setUpSite(machine) };
  });
  let later = '';

  test('0.1.0, of make tarball, becomes the package in the middle of a roll, and nothing is lost', async () => {
    const { machine, site } = scene();
    expect(await machine.run('php-zd', '--version')).toBe('php-zd 0.1.0\n');
    await expectNextRoll(scene());
    const report = await underLoad(machine, LOAD, async ({ round }) => {
      const next = await site.release();
      const { reached, open, answer } = await standRequest(scene());
      await site.flip(next);
      await machine.run('systemctl', 'reload', '--no-block', 'php-zd@shop');
      await reached();
      const upgrade = apt(machine, 'install', 'php-zd');
      await awaitMark(machine);
      await round();
      expect(await machine.run('php-zd', '--version')).toBe('php-zd 0.1.0\n');
      await open();
      expect(await answer).toMatchObject({ status: 0 });
      const { status, stdout } = await upgrade;
      expect({ status, stdout }).toMatchObject({ status: 0 });
      expect(stdout).toContain('php-zd: waits for the end of what is under way: php-zd@shop.service');
      await expectServing(site, next);
      await round();
      await expectNextRoll(scene());
    });
    expectNothingLost(report);
    expect(await machine.ask('test', '-e', MARK)).toMatchObject({ status: 1 });
    expect(await machine.run('php-zd', 'history', 'shop')).toMatch(/(rolled.*){3}/s);
    await expectDoctorClean(machine);
  });

  test('a roll that is asked for while dpkg is at work is refused with a word, and touches nothing', async () => {
    const { machine, site, journal } = scene();
    later = await offerLaterPhpZd(machine);
    const report = await underLoad(machine, LOAD, async () => {
      const next = await site.release();
      const { reached, open } = await standRequest(scene());
      await site.flip(next);
      await machine.run('systemctl', 'reload', '--no-block', 'php-zd@shop');
      await reached();
      const upgrade = apt(machine, 'install', 'php-zd');
      await awaitMark(machine);
      const mark = journal.mark();
      const another = machine.ask('systemctl', 'reload', 'php-zd@shop');
      await awaitAnswer('the second job', async () =>
        (await machine.run('systemctl', 'list-jobs')).includes('php-zd@shop.service') ? true : undefined,
      );
      await open();
      await journal.await({ MESSAGE: /^refused, and nothing touched: dpkg \(process \d+\) is replacing php-zd/ }, mark);
      expect((await another).status).toBe(1);
      expect(await upgrade).toMatchObject({ status: 0 });
      await expectServing(site, next);
    });
    expectNothingLost(report);
    expect(await machine.run('dpkg-query', '--show', 'php-zd')).toBe(`php-zd\t${later}\n`);
    await expectNextRoll(scene());
    await expectDoctorClean(machine);
  });

  test('a roll between the dpkg that unpacks and the one that configures is refused, as long as apt is at work', async () => {
    const { machine } = scene();
    const lock = '/var/lib/dpkg/lock-frontend';
    const hold = `use Fcntl; open F, '+<', '${lock}' or die; my $lock = pack 's x62', F_WRLCK; fcntl F, F_SETLK, $lock or die; sleep 300`;
    await machine.run('systemd-run', '--quiet', '--unit=apt-at-work', '--property=Type=exec', 'perl', '-e', hold);
    const dpkg = (...args: readonly string[]) => machine.run('env', 'DPKG_FRONTEND_LOCKED=1', 'dpkg', ...args);
    const debs = await machine.run(
      'sh',
      '-c',
      'cd /var/tmp && apt-get --quiet download php-zd >&2 && ls $PWD/php-zd_*.deb',
    );
    await dpkg('--unpack', debs.trim());
    expect((await machine.run('systemctl', 'is-active', 'apt-at-work')).trim()).toBe('active');
    // As `php-zd reload --outdated --no-block` asks: nobody waits for the refusal, which ends what was asked.
    await machine.run('touch', AS_PROMOTED);
    const refused = await machine.ask('systemctl', 'reload', 'php-zd@shop');
    expect(refused.status).toBe(1);
    expect(await machine.ask('test', '-e', AS_PROMOTED)).toMatchObject({ status: 1 });
    expect(await machine.run('journalctl', '--unit=php-zd@shop', '--output=cat', '--lines=20')).toContain(
      'refused, and nothing touched: dpkg is replacing php-zd. Try again once it has ended.',
    );
    await dpkg('--configure', 'php-zd');
    await expectNextRoll(scene());
    await machine.run('systemctl', 'stop', 'apt-at-work');
    await expectDoctorClean(machine);
  });

  test('a dpkg that is killed refuses no roll from then on, and another one ends its work', async () => {
    const { machine, site } = scene();
    const next = await site.release();
    const { reached, open } = await standRequest(scene());
    await site.flip(next);
    await machine.run('systemctl', 'reload', '--no-block', 'php-zd@shop');
    await reached();
    const upgrade = apt(machine, '--reinstall', 'install', 'php-zd');
    await awaitMark(machine);
    await machine.run('sh', '-c', `kill -KILL $(cat ${MARK})`);
    expect((await upgrade).status).not.toBe(0);
    await open();
    await awaitActive(machine);
    await expectServing(site, next);
    await expectNextRoll(scene());
    await machine.run('dpkg', '--configure', '--pending');
    expect(await apt(machine, '--reinstall', 'install', 'php-zd')).toMatchObject({ status: 0 });
    expect(await machine.ask('test', '-e', MARK)).toMatchObject({ status: 1 });
    await expectNextRoll(scene());
    await expectDoctorClean(machine);
  });

  test('an older version is refused while sites run, and its advice brings it', async () => {
    const { machine, site } = scene();
    const older = later.replace('+lab1', '');
    const before = await site.promoted();
    const { status, stderr, stdout } = await apt(machine, '--allow-downgrades', 'install', `php-zd=${older}`);
    expect(status).toBe(100);
    const advice = /php-zd: "([^"]+)" stops them and removes that/.exec(stderr + stdout)?.[1] ?? '';
    expect(advice).toBe('apt-get purge php-zd');
    await expectServing(site, before);
    expect(await machine.run('dpkg-query', '--show', 'php-zd')).toBe(`php-zd	${later}
`);
    expect(await machine.run('dpkg', '--audit')).toBe('');
    await expectDoctorClean(machine);
    expect(await apt(machine, ...advice.split(' ').slice(1))).toMatchObject({ status: 0 });
    expect(await apt(machine, 'install', `php-zd=${older}`)).toMatchObject({ status: 0 });
    await machine.run('systemctl', 'enable', '--now', 'php-zd@shop');
    await expectServing(site, before);
  });
});

const awaitMark = (machine: Machine) =>
  awaitAnswer('dpkg', async () => ((await machine.ask('test', '-s', MARK)).status === 0 ? true : undefined));

const awaitActive = (machine: Machine) =>
  expect
    .poll(() => machine.run('systemctl', 'show', '--property=ActiveState', '--value', 'php-zd@shop'), {
      timeout: 20_000,
    })
    .toBe('active\n');

const expectDoctorClean = async (machine: Machine): Promise<void> => {
  const { stdout, status } = await machine.ask('php-zd', 'doctor');
  expect({ stdout, status }).toMatchObject({ status: 0 });
};
