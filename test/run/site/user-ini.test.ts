import { expect, test } from 'vitest';
import { findUserBasedir, requireFitUserIni } from '../../../src/run/site/user-ini.ts';
import { hostOf, shopHost } from '../../site/host.ts';
import { shopSite } from '../../site/shop-site.ts';
import { World } from '../world.ts';

const RELEASE = '/srv/shop/releases/42';
const MOUNT = '/srv/shop/releases/.shop.live';

/** What is found where the release has this in its files, which the site's user reads; and which files that was asked for. */
const look = async (said: string, scene: { ini?: string; isRoot?: boolean; has?: readonly string[] } = {}) => {
  const { of, asked } = releaseThat(said, scene);
  return { found: await findUserBasedir(of, RELEASE), asked };
};

const releaseThat = (
  said: string,
  { ini = '', isRoot = true, has = ['public/.user.ini'] }: Parameters<typeof look>[1] = {},
) => {
  const world = new World();
  const asked: string[] = [];
  world.commands.programs.set('systemd-run', ({ args }) => {
    asked.push(...args.slice(args.indexOf(RELEASE) + 1));
    return said;
  });
  const host = hostOf({ ...shopHost, files: [...shopHost.files, ...has.map(file => `${RELEASE}/${file}`)] });
  return { of: { site: shopSite(ini), ports: { ...world.ports, host, isRoot } }, asked };
};

test.each([
  ['open_basedir=/srv/shop/releases/42/:/tmp/', `${MOUNT}/:/srv/shop/releases/42/:/tmp/`],
  ['  Open_Basedir = "/var/www:/tmp" ; a panel', `${MOUNT}/:/var/www:/tmp`],
  ["open_basedir='/srv/shop/current/public'", `${MOUNT}/public`],
  ['open_basedir=/srv/shop/:/tmp/', undefined],
  ['open_basedir=/srv ; all', undefined],
  ['open_basedir=none\u0007', undefined],
  ['open_basedir=', undefined],
])('%j in .user.ini has %s over it', async (line, better) => {
  const { found, asked } = await look(`public/.user.ini:3:${line}\n`);
  expect(asked).toEqual(['public/.user.ini']);
  expect(found?.better).toBe(better);
  if (better === undefined) return;
  expect(found).toMatchObject({ file: `${RELEASE}/public/.user.ini`, line: 3 });
  expect(found?.message).toContain(
    `write php_admin_value[open_basedir] = ${better} in [pool], over which no .user.ini holds`,
  );
});

test('the last line that PHP reads holds', async () => {
  const said = 'public/.user.ini:1:open_basedir=/x\npublic/.user.ini:2:open_basedir=/srv\n';
  expect((await look(said)).found).toBeUndefined();
});

test.each([
  ['an administrator has one', { ini: '[pool]\nphp_admin_value[open_basedir] = /srv\n' }],
  ['PHP reads no such file', { ini: '[php]\nini[user_ini.filename] = ""\n' }],
  ['the release has no such file', { has: [] }],
  ['nobody can be asked', { isRoot: false }],
])('nobody is asked where %s', async (_, scene) => {
  const { found, asked } = await look('public/.user.ini:1:open_basedir=/x\n', scene);
  expect({ found, asked }).toEqual({ found: undefined, asked: [] });
});

test('a file that PHP comes to no end of is named', async () => {
  const { of } = releaseThat('public/.user.ini:1:open_basedir=/srv\npublic/.user.ini:long\n');
  await expect(requireFitUserIni(of, RELEASE)).rejects.toMatchObject({
    problems: [
      {
        ...{ file: `${RELEASE}/public/.user.ini`, line: 1 },
        message: 'this file has more than 1 MiB, all of which PHP reads: shorten it',
      },
    ],
  });
});
