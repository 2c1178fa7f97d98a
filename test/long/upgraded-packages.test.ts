import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { onceBooted } from '../lab/booted.ts';
import { followJournal } from '../lab/journal.ts';
import { awaitAnswer, bootMachine, debianPackages, fetched, installFetched, SUITES } from '../lab/machine.ts';
import { type LabSite, setUpSite } from '../lab/site.ts';
import { underBothLoads, underLoad } from '../load/start.ts';
import { addRepositories, apt, offerLater, offerLaterPhpZd } from '../scene/apt.ts';
import { expectNothingLost, expectServing } from '../scene/expect.ts';
import { tree } from '../scene/make-package.ts';
import type { Scene } from '../scene/scene.ts';

const LOAD = { fast: 3, slow: 1, post: 1, slowSeconds: 1 };
/** Where the second site is reached over HTTP too. */
const HTTP = '127.0.0.1:8081';
const POOL = '[pool]\npm.max_children = 4\n[health]\npath = /health\ninterval = 100ms\ndeadline = 3s\n';
const FILE = '/etc/needrestart/conf.d/php-zd.conf';

describe.each(SUITES)('%s', suite => {
  let web: LabSite | undefined;
  const scene = onceBooted<Scene>(async () => {
    const machine = await bootMachine(`sys-packages-${suite}-${process.pid}`, suite, 'bare');
    await addRepositories(machine);
    expect(await apt(machine, '--no-install-recommends', 'install', 'php-zd', 'needrestart')).toMatchObject({
      status: 0,
    });
    const made = { machine, journal: followJournal(machine), site: await setUpSite(machine) };
    await setUpSite(machine, { name: 'blog', port: 81, ini: `${POOL}[listen]\nhttp = ${HTTP}\n` });
    return made;
  });
  /** Files of Debian's packages whose names match. */
  const packages = async (name: RegExp): Promise<readonly string[]> => {
    const directory = await debianPackages(suite);
    return readdirSync(directory).flatMap(file => (name.test(file) ? [`${directory}/${file}`] : []));
  };
  const masters = () =>
    scene().machine.run('systemctl', 'show', '--property=Id,MainPID', 'php-zd-fpm-*.service', 'php-zd-haproxy.service');
  const upgraded = async (): Promise<readonly string[]> => {
    const { findings } = JSON.parse((await scene().machine.ask('php-zd', 'doctor', '--json')).stdout);
    return findings
      .map(({ check }: { check: string }) => check)
      .filter((check: string) => /upgraded|extensions/.test(check));
  };

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

  test('after an upgrade the sites are rolled, one after the other, once apt has ended, and HAProxies are reloaded', async () => {
    const { machine, journal } = scene();
    await offerLater(machine, await packages(/^(php8\.\d-(cli|common|fpm|opcache|readline)|haproxy)_/), 'lab2');
    await machine.write('/srv/hold-apt', '');
    const hold = 'while [ -e /srv/hold-apt ]; do sleep 0.1; done';
    const haproxies = ['php-zd-haproxy.service', 'php-zd-http@blog.service'];
    const started = () => machine.run('systemctl', 'show', '--property=Id,InvocationID', ...haproxies);
    const before = await started();
    const mark = journal.mark();
    const overHttp = { ...LOAD, url: `http://${HTTP}/` };
    const report = await underBothLoads(machine, [LOAD, overHttp], async ({ round }) => {
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
    for (const each of report) expectNothingLost(each);
    const sites = journal.since({ PHP_ZD_EVENT: /^(step-started|receipt)$/ }, mark).map(each => each['PHP_ZD_SITE']);
    expect(sites.filter((site, at) => site !== sites[at - 1])).toEqual(['blog', 'shop']);
    expect(await upgraded()).toEqual([]);
    expect(journal.since({ MESSAGE: /^reloads / }, mark).map(each => each['MESSAGE'])).toEqual(
      haproxies.map(unit => `reloads ${unit}, whose program or libraries an upgrade has replaced`),
    );
    expect(await started()).toBe(before);
  });

  test('an extension that is installed is loaded by the sites that run, and one that is removed no longer', async () => {
    const { machine, journal } = scene();
    const loaded = async () => {
      const pid = await machine.run('systemctl', 'show', '--property=MainPID', '--value', 'php-zd-fpm-shop@*.service');
      const maps = pid
        .split('\n')
        .filter(each => Number(each) > 0)
        .map(each => `/proc/${each}/maps`);
      return (await machine.ask('grep', '--count', 'apcu.so$', ...maps)).stdout
        .trimEnd()
        .split('\n')
        .map(line => !line.endsWith(':0'));
    };
    for (const [words, isLoaded] of [
      [['install', 'php-apcu'], true],
      [['purge', 'php*-apcu'], false],
    ] as const) {
      const mark = journal.mark();
      const report = await underLoad(machine, LOAD, async () => {
        expect(await apt(machine, '--no-install-recommends', ...words)).toMatchObject({ status: 0 });
        await journal.await({ PHP_ZD_EVENT: 'receipt', PHP_ZD_SITE: 'shop' }, mark);
      });
      expectNothingLost(report);
      expect(await loaded()).toEqual([isLoaded, isLoaded]);
      expect(await upgraded()).toEqual([]);
    }
  });

  test('unattended-upgrades brings a new PHP and a new php-zd by the lines of README.md, and sites are rolled as ever', async () => {
    const { machine, journal } = scene();
    await installFetched(machine, 'unattended-upgrades');
    await machine.run('sh', '-c', lineOfReadme('/etc/apt/apt.conf.d/60php-zd'));
    await machine.write('/etc/apt/apt.conf.d/60lab', 'Unattended-Upgrade::Origins-Pattern:: "origin=lab";\n');
    await offerLater(machine, await packages(/^php8\.\d-(cli|common|fpm|opcache|readline)_/), 'lab3');
    const ours = await offerLaterPhpZd(machine);
    const mark = journal.mark();
    const report = await underLoad(machine, LOAD, async () => {
      // As apt-daily-upgrade.service runs it, which asks when it ran last.
      await machine.run('systemd-run', '--quiet', '--unit=upgrading', 'unattended-upgrade', '-v');
      const ended = (unit: string) => async () =>
        (await machine.ask('systemctl', 'is-active', unit)).stdout === 'inactive\n' ? true : undefined;
      await awaitAnswer('the end of the upgrade', ended('upgrading'));
      await journal.await({ PHP_ZD_EVENT: 'receipt', PHP_ZD_SITE: 'shop' }, mark);
      await awaitAnswer('the end of the rolls', ended('php-zd-outdated'));
    });
    expectNothingLost(report);
    const said = journal.since({ _SYSTEMD_UNIT: /^upgrading\.service$/ }, mark).map(each => each['MESSAGE']);
    expect(said).toContain('All upgrades installed');
    expect(await machine.run('dpkg-query', '--show', 'php-zd')).toBe(`php-zd\t${ours}\n`);
    const sites = journal.since({ PHP_ZD_EVENT: /^(step-started|receipt)$/ }, mark).map(each => each['PHP_ZD_SITE']);
    expect(sites.filter((site, at) => site !== sites[at - 1])).toEqual(['blog', 'shop']);
    expect(journal.since({ PHP_ZD_EVENT: 'receipt' }, mark)).toMatchObject([
      { PHP_ZD_SITE: 'blog', MESSAGE: expect.stringMatching(/^Lost: 0$/m) },
      { PHP_ZD_SITE: 'shop', MESSAGE: expect.stringMatching(/^Lost: 0$/m) },
    ]);
    expect(await upgraded()).toEqual([]);
  }, 240_000);

  test('a second apt in the middle of the rolls after a first is followed too, and nothing is lost', async () => {
    const { machine, journal } = scene();
    const files = await packages(/^php8\.\d-(common|fpm|opcache)_/);
    const names = files.map(nameOf);
    const again = () => apt(machine, '--reinstall', 'install', ...names);
    const mark = journal.mark();
    const report = await underLoad(machine, LOAD, async () => {
      expect(await again()).toMatchObject({ status: 0 });
      await journal.await({ PHP_ZD_EVENT: 'step-started', PHP_ZD_SITE: 'blog' }, mark);
      const second = journal.mark();
      expect(await again()).toMatchObject({ status: 0 });
      await journal.await({ PHP_ZD_EVENT: 'receipt', PHP_ZD_SITE: 'shop' }, second);
      await awaitAnswer('the end of the rolls', async () =>
        (await machine.ask('systemctl', 'is-active', 'php-zd-outdated')).stdout === 'inactive\n' ? true : undefined,
      );
    });
    expectNothingLost(report);
    expect(await upgraded()).toEqual([]);
  }, 240_000);

  test('a PHP that comes in one apt with a php-zd reaches the sites too, and no release that nobody rolled to', async () => {
    const { machine, journal, site } = scene();
    const names = (await packages(/^php8\.\d-(cli|common|fpm|opcache|readline)_/)).map(nameOf);
    const [before, promoted] = [await masters(), await site.promoted()];
    // As a tool does it before its migrations; and somebody is at work on the file of the other site.
    const next = await site.release();
    await site.flip(next);
    const ini = '/etc/php-zd/sites/blog.ini';
    await machine.run('sh', '-c', `cp ${ini} /root/; echo half-edit >>${ini}`);
    const mark = journal.mark();
    const report = await underLoad(machine, LOAD, async () => {
      expect(await apt(machine, '--reinstall', 'install', ...names, 'php-zd')).toMatchObject({ status: 0 });
      for (const name of ['blog', 'shop']) await journal.await({ PHP_ZD_EVENT: 'receipt', PHP_ZD_SITE: name }, mark);
      await awaitAnswer('the end of the rolls', async () =>
        (await machine.ask('systemctl', 'is-active', 'php-zd-outdated')).stdout === 'inactive\n' ? true : undefined,
      );
    });
    expectNothingLost(report);
    expect(await masters()).not.toBe(before);
    expect(await upgraded()).toEqual([]);
    await expectServing(site, promoted);
    await machine.run('mv', '/root/blog.ini', ini);
    await machine.run('systemctl', 'reload', 'php-zd@shop');
    await expectServing(site, next);
  }, 240_000);

  test.each(Object.entries(SERVERS))(
    'when the %s of replicas is upgraded their site is rolled, and no other',
    async (server, names) => {
      const { machine, journal } = scene();
      const url = '127.0.0.1:8082';
      const ini = `${POOL}[listen]\nhttp = ${url}\n[web]\nserver = ${server}\n`;
      web ??= await setUpSite(machine, { name: 'web', port: 82 });
      await web.writeIni(ini);
      await web.roll();
      const checks = async () => {
        const { findings } = JSON.parse((await machine.ask('php-zd', 'doctor', 'web', '--json')).stdout);
        return findings.map(({ check }: { check: string }) => check);
      };
      const before = await checks();
      const programs = () =>
        machine.run(
          'sh',
          '-c',
          "systemctl show -P MainPID 'php-zd-web-web@*' | sed '/^0*$/d;s,.*,/proc/&/exe,' | xargs readlink",
        );
      const program = await programs();
      const files = await Promise.all(names.map(async name => fileOf(await fetched(suite, name), name)));
      await offerLater(machine, files, `lab.${server}`);
      const mark = journal.mark();
      const report = await underLoad(machine, { ...LOAD, url: `http://${url}/` }, async () => {
        expect(await apt(machine, 'upgrade')).toMatchObject({ status: 0 });
        expect(await machine.run('dpkg-query', '--show', ...names)).toContain(`+lab.${server}\n`);
        await journal.await({ PHP_ZD_EVENT: 'receipt', PHP_ZD_SITE: 'web' }, mark);
        await awaitAnswer('the end of the rolls', async () =>
          (await machine.ask('systemctl', 'is-active', 'php-zd-outdated')).stdout === 'inactive\n' ? true : undefined,
        );
      });
      expectNothingLost(report);
      const rolled = journal.since({ PHP_ZD_EVENT: 'receipt' }, mark).map(each => each['PHP_ZD_SITE']);
      expect(rolled).toEqual(['web']);
      expect(await programs()).toBe(program);
      expect(await checks()).toEqual(before);
    },
    240_000,
  );
});

/** The file of that package among those of the directory. */
const fileOf = (directory: string, name: string): string => {
  const file = readdirSync(directory).find(each => each.startsWith(`${name}_`));
  if (file === undefined) throw new Error(`${directory} has no package ${name}`);
  return `${directory}/${file}`;
};

/** The name of the package in that file. */
const nameOf = (file: string): string => basename(file).replace(/_.*/, '');

/** The packages of Debian's that each web server comes in, as a later version of one asks for those of the others. */
const SERVERS = {
  nginx: ['nginx'],
  apache: ['apache2', 'apache2-bin', 'apache2-data', 'apache2-utils'],
  caddy: ['caddy'],
} as const;

/** What README.md has somebody type that writes this file. */
const lineOfReadme = (file: string): string => {
  const line = readFileSync(`${tree}README.md`, 'utf8')
    .split('\n')
    .find(each => each.startsWith('    ') && each.includes(file));
  if (line === undefined) throw new Error(`README.md writes no ${file}`);
  return line.trim();
};
