import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { followJournal } from '../lab/journal.ts';
import { awaitAnswer, bootMachine, debianPackages, SUITES } from '../lab/machine.ts';
import { setUpSite } from '../lab/site.ts';
import { underLoad } from '../load/start.ts';
import { addRepositories, apt, offerLater } from '../scene/apt.ts';
import { expectNothingLost } from '../scene/expect.ts';
import type { Scene } from '../scene/scene.ts';

const LOAD = { fast: 3, slow: 1, post: 1, slowSeconds: 1 };
const FILE = '/etc/needrestart/conf.d/php-zd.conf';

describe.each(SUITES)('%s', suite => {
  let booted: Scene | undefined;
  const scene = (): Scene => {
    if (booted === undefined) throw new Error('the machine did not boot');
    return booted;
  };
  /** Files of Debian's packages whose names match. */
  const packages = async (name: RegExp): Promise<readonly string[]> => {
    const directory = await debianPackages(suite);
    return readdirSync(directory).flatMap(file => (name.test(file) ? [`${directory}/${file}`] : []));
  };
  const masters = () =>
    scene().machine.run('systemctl', 'show', '--property=Id,MainPID', 'php-zd-fpm-*.service', 'php-zd-haproxy.service');
  const upgraded = async (): Promise<readonly string[]> => {
    const { findings } = JSON.parse((await scene().machine.ask('php-zd', 'doctor', '--json')).stdout);
    return findings.map(({ check }: { check: string }) => check).filter((check: string) => /upgraded/.test(check));
  };

  beforeAll(async () => {
    const machine = await bootMachine(`sys-packages-${suite}-${process.pid}`, suite, 'bare');
    await addRepositories(machine);
    expect(await apt(machine, '--no-install-recommends', 'install', 'php-zd', 'needrestart')).toMatchObject({
      status: 0,
    });
    booted = { machine, journal: followJournal(machine), site: await setUpSite(machine) };
    await setUpSite(machine, { name: 'blog', port: 81 });
  });
  afterAll(() => booted?.machine.down());

  test('needrestart, told to restart all, leaves replicas alone by the file of the package, and not without it', async () => {
    const { machine } = scene();
    await machine.run('systemctl', 'mask', 'php-zd-outdated');
    await offerLater(machine, await packages(/^php8\.\d-opcache_/), 'lab1');
    const before = await masters();
    expect(await apt(machine, 'upgrade')).toMatchObject({ status: 0 });
    // Masked: nothing rolls by itself, and doctor has the word.
    expect(await upgraded()).toEqual(['php-upgraded', 'php-upgraded']);
    const restart = ['needrestart', '-r', 'a', '-m', 'a'] as const;
    const report = await underLoad(machine, LOAD, async () => {
      const { stdout, stderr } = await machine.ask(...restart);
      expect(stdout + stderr).toMatch(/deferred:.*php-zd-fpm-shop@\d\.service/s);
    });
    expectNothingLost(report);
    expect(await masters()).toBe(before);
    await machine.run('mv', FILE, '/root/php-zd.conf');
    await machine.ask(...restart);
    expect(await masters()).not.toBe(before);
    await machine.run('mv', '/root/php-zd.conf', FILE);
    await machine.run('systemctl', 'unmask', 'php-zd-outdated');
  });

  test('after an upgrade the sites are rolled, one after the other, once apt has ended, and HAProxy is reloaded', async () => {
    const { machine, journal } = scene();
    await offerLater(machine, await packages(/^(php8\.\d-(cli|common|fpm|opcache|readline)|haproxy)_/), 'lab2');
    await machine.write('/srv/hold-apt', '');
    const hold = 'while [ -e /srv/hold-apt ]; do sleep 0.1; done';
    const mark = journal.mark();
    const report = await underLoad(machine, LOAD, async ({ round }) => {
      const upgrade = apt(machine, '-o', `DPkg::Post-Invoke::=${hold}`, 'upgrade');
      const state = () => machine.ask('systemctl', 'is-active', 'php-zd-outdated');
      await awaitAnswer('the trigger', async () => ((await state()).stdout === 'activating\n' ? true : undefined));
      await round();
      expect(journal.since({ PHP_ZD_EVENT: /./ }, mark)).toEqual([]);
      await machine.run('rm', '/srv/hold-apt');
      expect(await upgrade).toMatchObject({ status: 0 });
      await journal.await({ PHP_ZD_EVENT: 'receipt', PHP_ZD_SITE: 'blog' }, mark);
      await journal.await({ PHP_ZD_EVENT: 'receipt', PHP_ZD_SITE: 'shop' }, mark);
      await awaitAnswer('the end', async () => ((await state()).stdout === 'inactive\n' ? true : undefined));
    });
    expectNothingLost(report);
    const sites = journal.since({ PHP_ZD_EVENT: /^(step-started|receipt)$/ }, mark).map(each => each['PHP_ZD_SITE']);
    expect(sites.filter((site, at) => site !== sites[at - 1])).toEqual(['blog', 'shop']);
    expect(await upgraded()).toEqual([]);
    expect(journal.since({ MESSAGE: /^reloads php-zd-haproxy\.service/ }, mark)).toHaveLength(1);
  });
});
