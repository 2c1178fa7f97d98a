import { expect, test } from 'vitest';
import { hasChanged } from '../../../src/run/roll/if-changed.ts';
import { planReload } from '../../../src/run/roll/plan-reload.ts';
import { loadSiteToRun } from '../../../src/run/site/environment.ts';
import { SiteProblems } from '../../../src/run/site/load-site.ts';
import { hostedSite } from '../../../src/run/site/site-run.ts';
import { failure } from '../../fakes/failure.ts';
import { paths, World } from '../world.ts';

const FILE = { site: { environment_file: '/etc/shop/env' } };

const serving = async (variables: string): Promise<World> => {
  const world = new World();
  world.variables = variables;
  await world.serve(FILE);
  return world;
};

test('what the environment file says is part of the generation, for the site alone to read', async () => {
  const world = await serving('APP=one\n');
  const [id = ''] = await world.files.list(paths.generations);
  expect(await world.files.read(`${paths.generation(id)}/environment.sh`)).toBe("unset PWD\nexport APP='one'\n");
  expect(world.files.attributes(`${paths.generation(id)}/environment.sh`)).toEqual({ mode: 0o640, gid: 1001 });
  expect(world.files.attributes(`${paths.generation(id)}/environment`)).toEqual({ mode: 0o600, gid: 0 });
});

test("the file is read as the site's user, and no unit names it", async () => {
  const world = await serving('APP=one\n');
  await world.load();
  const run = world.commands.runs.findLast(({ program }) => program === 'systemd-run');
  expect(run?.args).toEqual(
    expect.arrayContaining(['--property=User=shop', '--property=Group=shop', '--property=NoNewPrivileges=yes']),
  );
  const units = (await world.files.list('/etc/systemd/system'))
    .filter(name => !name.endsWith('.d'))
    .map(name => world.files.read(`/etc/systemd/system/${name}`));
  expect((await Promise.all(units)).join('')).not.toContain('EnvironmentFile');
});

test('an edit of the file is a change, and the next roll brings it', async () => {
  const world = await serving('APP=one\n');
  const changed = async () =>
    await hasChanged(hostedSite((await loadSiteToRun(world.ports, 'shop')).site, world.ports));
  expect(await changed()).toBe(false);
  world.variables = 'APP=two\n';
  expect(await changed()).toBe(true);
  const loaded = await loadSiteToRun(world.ports, 'shop');
  const planned = await planReload(hostedSite(loaded.site, world.ports), loaded);
  expect(planned.steps.length).toBeGreaterThan(1);
  expect(await world.rollTo('41')).toBe('rolled');
  expect(await changed()).toBe(false);
});

test('a file that can no longer be read refuses a roll, and stops neither a settle nor a start', async () => {
  const world = await serving('APP=one\n');
  world.variables = {
    status: 1,
    output: "APP=s3cret\nhead: cannot open '/etc/shop/env' for reading: Permission denied",
  };
  const error = await failure(loadSiteToRun(world.ports, 'shop'));
  if (!(error instanceof SiteProblems)) throw error;
  expect(error.problems).toEqual([
    {
      file: '/etc/shop/env',
      line: 1,
      message:
        "cannot be read by the site's user 'shop', as whom it is read: chgrp shop /etc/shop/env and chmod 640 /etc/shop/env, " +
        "and let shop pass the directories above it (head: cannot open '/etc/shop/env' for reading: Permission denied)",
    },
  ]);
  expect(await world.roll()).toBe('refused');
  expect(await world.start()).toBe(true);
  expect(await world.serving()).toEqual([1, 2]);
});

test('a file of variables is not without end', async () => {
  const world = await serving('APP=one\n');
  world.variables = `A=${'x'.repeat(65_536)}`;
  const error = await failure(loadSiteToRun(world.ports, 'shop'));
  expect(error instanceof SiteProblems && error.problems.map(({ message }) => message)).toEqual([
    'is larger than 64 KiB: put what is no variable elsewhere',
  ]);
});

test('who is not root, and may not read the file, is told so and sees it as changed', async () => {
  const world = await serving('APP=one\n');
  const ports = { ...world.ports, isRoot: false };
  world.commands.programs.set('env', () => ({ status: 1, output: "head: cannot open '/etc/shop/env'" }));
  const loaded = await loadSiteToRun(ports, 'shop');
  expect(loaded.warnings.map(({ message }) => message)).toEqual([
    "cannot be read by you: what it says is not looked at, and counts as changed (head: cannot open '/etc/shop/env')",
  ]);
  expect(await hasChanged(hostedSite(loaded.site, ports))).toBe(true);
});
