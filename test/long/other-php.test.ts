import { describe, expect, test } from 'vitest';
import { onceBooted } from '../lab/booted.ts';
import { followJournal } from '../lab/journal.ts';
import { awaitAnswer, bootMachine, SUITES } from '../lab/machine.ts';
import { setUpSite } from '../lab/site.ts';
import { underLoad } from '../load/start.ts';
import { addRepositories, apt } from '../scene/apt.ts';
import { expectNothingLost, expectServing } from '../scene/expect.ts';
import { OTHER, offerOtherPhp } from '../scene/other-php.ts';
import type { Scene } from '../scene/scene.ts';

const LOAD = { fast: 3, slow: 1, post: 1, slowSeconds: 1 };
const POOL = '[pool]\npm.max_children = 4\n[health]\npath = /health\ninterval = 100ms\ndeadline = 3s\n';

// A machine of its own, with the packages as they came: PHP goes and comes back.
describe.each(SUITES)('%s', suite => {
  const scene = onceBooted<Scene>(async () => {
    const machine = await bootMachine(`sys-other-php-${suite}-${process.pid}`, suite, 'bare');
    await addRepositories(machine);
    expect(await apt(machine, '--no-install-recommends', 'install', 'php-zd')).toMatchObject({ status: 0 });
    return { machine, journal: followJournal(machine), site: await setUpSite(machine) };
  });
  const masters = () =>
    scene().machine.run('systemctl', 'show', '--property=Id,MainPID', 'php-zd-fpm-*.service', 'php-zd-haproxy.service');
  const upgraded = async (): Promise<readonly string[]> => {
    const { findings } = JSON.parse((await scene().machine.ask('php-zd', 'doctor', '--json')).stdout);
    return findings
      .map(({ check }: { check: string }) => check)
      .filter((check: string) => /upgraded|extensions/.test(check));
  };

  /** How php-zd-outdated has ended, once it has. */
  const ended = async (): Promise<string> =>
    await awaitAnswer('the end of the rolls', async () => {
      const state = (await scene().machine.ask('systemctl', 'is-active', 'php-zd-outdated')).stdout.trim();
      return state === 'activating' ? undefined : state;
    });
  const findings = async (): Promise<
    readonly { readonly kind: string; readonly text: string; readonly commands: string[][] }[]
  > => JSON.parse((await scene().machine.ask('php-zd', 'status', 'shop', '--json')).stdout)[0].findings;

  test('a PHP without the extensions that replicas have is rolled to by nobody but by name', async () => {
    const { machine, site } = scene();
    expect(await apt(machine, '--no-install-recommends', 'install', 'php-apcu')).toMatchObject({ status: 0 });
    expect(await ended()).toBe('inactive');
    const here = await offerOtherPhp(machine);
    const before = await masters();
    const report = await underLoad(machine, LOAD, async () => {
      expect(await apt(machine, 'install', `php${OTHER}-fpm`)).toMatchObject({ status: 0 });
      expect(await ended()).toBe('failed');
      expect(await masters()).toBe(before);
      const lacks = `PHP ${OTHER} lacks apcu, which the replicas that run have`;
      expect(await machine.run('journalctl', '-u', 'php-zd-outdated', '-o', 'cat')).toContain(lacks);
      expect((await findings()).filter(({ kind }) => kind === 'php-lost')).toMatchObject([
        {
          text: `${lacks}; PHP ${here}, which they run, was removed: apt install php${OTHER}-apcu, then php-zd reload shop`,
          commands: [
            ['apt', 'install', `php${OTHER}-apcu`],
            ['php-zd', 'reload', 'shop'],
          ],
        },
      ]);
      expect(await upgraded()).toEqual([]);
      expect(await apt(machine, 'install', `php${OTHER}-apcu`)).toMatchObject({ status: 0 });
      expect(await ended()).toBe('inactive');
      await machine.run('php-zd', 'reload', 'shop');
    });
    expectNothingLost(report);
    const history = await machine.run('php-zd', 'history', 'shop');
    expect(history).toContain(`\n    PHP ${here} -> ${OTHER}\n`);
    await expectServing(site, await site.promoted());
    expect(await upgraded()).toEqual([]);
  }, 240_000);

  test('a PHP that only replicas have is told by status and doctor, with what brings another one', async () => {
    const { machine, site } = scene();
    const here = await offerOtherPhp(machine);
    expect(await apt(machine, 'install', `php${OTHER}-fpm`)).toMatchObject({ status: 0 });
    expect(await ended()).toBe('inactive');
    await site.writeIni(`${POOL}[php]\nversion = ${OTHER}\n`);
    await site.roll();
    const report = await underLoad(machine, LOAD, async () => {
      expect(await apt(machine, '--no-install-recommends', 'install', `php${here}-fpm`)).toMatchObject({ status: 0 });
      expect(await ended()).toBe('failed');
      const gone = `PHP ${OTHER}, which replica`;
      const way = `have [php] of the site file say version = ${here} instead, then php-zd reload shop`;
      const said = await findings();
      expect(said.map(({ kind }) => kind)).toEqual(['php-gone', 'site-file']);
      expect(said[0]?.text).toContain(gone);
      expect(said[0]?.text).toContain(` does not come back, nor does the site after a boot: ${way}`);
      const diagnosis = JSON.parse((await machine.ask('php-zd', 'doctor', 'shop', '--json')).stdout);
      const problems = diagnosis.findings.map(({ check, severity }: Record<string, string>) => [severity, check]);
      expect(problems.filter(([, check]: string[]) => check?.startsWith('php-'))).toEqual([['problem', 'php-gone']]);
      // As that line says.
      await site.writeIni(`${POOL}[php]\nversion = ${here}\n`);
      await machine.run('php-zd', 'reload', 'shop');
      expect(await findings()).toEqual([]);
    });
    expectNothingLost(report);
    await expectServing(site, await site.promoted());
  }, 240_000);
});
