import { expect, test } from 'vitest';
import { requireWritable } from '../../../src/run/site/writable.ts';
import { failure } from '../../fakes/failure.ts';
import { release, World } from '../world.ts';

const R = release('42');
const SHOP = 1001;
const DEPLOYER = 1500;

interface Case {
  readonly unwritable: readonly string[];
  /** Where a path leads, if elsewhere than to itself. */
  readonly leads?: Readonly<Record<string, string>>;
  /** Paths that are not root's. */
  readonly owners?: Readonly<Record<string, number>>;
}

const refusal = async ({ unwritable, leads = {}, owners = {} }: Case) => {
  const { run } = await (await World.serving()).load();
  const site = { ...run.site, writable: ['var/log', 'var/cache'] };
  const host = {
    ...run.ports.host,
    resolveDirectory: (path: string) => leads[path] ?? path,
    ownerOf: (path: string) => owners[path] ?? 0,
  };
  const commands = { run: async () => unwritable.map(path => `${path}\0`).join('') };
  return await failure(requireWritable({ site, ports: { ...run.ports, host, commands } }, R));
};

const unfit = (facts: object) => ({
  code: 'release-unfit',
  facts: { path: R, reason: { kind: 'unwritable', user: 'shop', ...facts } },
});

test('a directory of a deploy user is given away as that, and only by its own name', async () => {
  const owners = { [`${R}/var/log`]: DEPLOYER, [`${R}/var`]: DEPLOYER };
  expect(await refusal({ unwritable: [`${R}/var/log`], owners })).toEqual(
    expect.objectContaining(unfit({ directories: [`${R}/var/log`], remedy: { kind: 'give', from: DEPLOYER } })),
  );
});

test("a directory of the user's own is opened by the user", async () => {
  const owners = { [`${R}/var/log`]: SHOP };
  expect(await refusal({ unwritable: [`${R}/var/log`], owners })).toMatchObject(unfit({ remedy: { kind: 'open' } }));
});

test("a directory of root's is given away where nobody else can put a link on the way", async () => {
  expect(await refusal({ unwritable: [`${R}/var/log`] })).toMatchObject(unfit({ remedy: { kind: 'give', from: 0 } }));
});

test.each<readonly [string, Case, readonly string[]]>([
  [
    "a link on the way leads to a directory of root's",
    { unwritable: [`${R}/var/log`], leads: { [`${R}/var/log`]: '/var/log' } },
    ['/var/log'],
  ],
  [
    "a directory of root's lies in one that somebody else may replace by a link",
    { unwritable: [`${R}/var/log`], owners: { [`${R}/var`]: DEPLOYER } },
    [`${R}/var/log`],
  ],
  [
    'two directories are of two users',
    { unwritable: [`${R}/var/log`, `${R}/var/cache`], owners: { [`${R}/var/cache`]: DEPLOYER } },
    [`${R}/var/log`, `${R}/var/cache`],
  ],
])('nothing is to be typed as root where %s', async (_, given, directories) => {
  const { facts } = await refusal(given);
  expect(facts).toEqual({ path: R, reason: { kind: 'unwritable', user: 'shop', directories } });
});
