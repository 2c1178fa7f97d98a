import { expect, test } from 'vitest';
import { Exit } from '../../src/cli/context.ts';
import { instantWords } from '../../src/report/words/time.ts';
import { paths, release } from '../run/world.ts';
import { Typist } from './typist.ts';

/** At a site that was rolled to 42, and whose roll to 43 failed a minute later; gives when they began. */
const atRolledSite = async (): Promise<{ readonly typist: Typist; readonly at: readonly string[] }> => {
  const typist = await Typist.atStartedSite();
  const at = [instantWords(typist.world.clock.now())];
  await typist.type(`deploy shop ${release('42')}`);
  typist.world.clock.advance(60_000);
  at.push(instantWords(typist.world.clock.now()));
  typist.world.health.set(release('43'), { status: 500 });
  await typist.type(`deploy shop ${release('43')}`);
  return { typist, at };
};

test('the rolls of a site are a table, the newest last, and below one that failed stands why', async () => {
  const { typist, at } = await atRolledSite();
  const { exit, out, err } = await typist.type('history shop');
  expect({ exit, err }).toEqual({ exit: Exit.done, err: '' });
  expect(out).toBe(
    [
      'WHEN                 BY  FROM  TO  RESULT       TOOK    REQUESTS  LOST',
      `${at[0]}  -   41    42  rolled       0.11 s  0         0`,
      `${at[1]}  -   42    43  rolled back  0.90 s  0         0`,
      '    replica 1 answered /health with 500 (wanted 200) for 900ms',
      '',
    ].join('\n'),
  );
});

test('who asked for a roll is in it, as the journal knows him', async () => {
  const typist = await Typist.atStartedSite();
  const asked = { __REALTIME_TIMESTAMP: String(typist.world.clock.now() * 1000), _UID: '0', PHP_ZD_SUDO_USER: 'alice' };
  typist.world.setJournal(() => `${JSON.stringify(asked)}\n`);
  await typist.type('reload shop');
  expect((await typist.type('history shop')).out.split('\n')[1]).toMatch(/ {2}alice {2}41 {4}41 {2}rolled /);
});

test('-n is so many of the last, and 0 all of them', async () => {
  const { typist, at } = await atRolledSite();
  const when = async (line: string) => (await typist.type(line)).out.match(/^\d{4}-\S+ \S+/gm);
  expect(await when('history shop -n 1')).toEqual([at[1]]);
  expect(await when('history shop -n 0')).toEqual(at);
});

test('with --json they are data', async () => {
  const { typist } = await atRolledSite();
  const { exit, out } = await typist.type('history --json');
  expect(exit).toBe(Exit.done);
  expect(JSON.parse(out)).toMatchObject([
    {
      site: 'shop',
      rolls: [
        { id: 'roll-1', release: release('42'), outcome: 'rolled' },
        { id: 'roll-2', outcome: 'rolled-back', error: { code: 'replica-unproven' } },
      ],
    },
  ]);
});

test('a site that was never rolled says so', async () => {
  const said = { exit: Exit.done, out: 'No roll of shop yet.\n', err: '' };
  expect(await (await Typist.atStartedSite()).type('history shop')).toEqual(said);
});

test('of several sites each has its title', async () => {
  const { typist } = await atRolledSite();
  await typist.addBlog();
  const { out } = await typist.type('history');
  expect(out).toMatch(/^blog:\nNo roll of blog yet\.\n\nshop:\nWHEN /);
});

test('a site whose file is gone still has its history', async () => {
  const { typist } = await atRolledSite();
  await typist.world.files.remove('/etc/php-zd/sites/shop.ini');
  expect((await typist.type('history shop')).out).toMatch(/^WHEN /);
});

test('a site that there never was is status 4, and the others are shown', async () => {
  const { typist } = await atRolledSite();
  const { exit, out, err } = await typist.type('history nope shop');
  expect(exit).toBe(Exit.noSuchSite);
  expect(out).toMatch(/^WHEN /);
  expect(err).toBe(
    "php-zd: there is no site 'nope': /etc/php-zd/sites/nope.ini does not exist.\n" +
      'See those that are there with "php-zd list", or write it with "php-zd init nope".\n',
  );
});

test.each(['x', '-1', '1234567'])('-n %s is bad usage', async text => {
  expect(await (await Typist.atNewSite()).type(`history shop --lines=${text}`)).toEqual({
    exit: Exit.invalid,
    out: '',
    err:
      `php-zd: option '-n, --lines <N>' argument '${text}' is invalid. It is a number of rolls.\n` +
      'Usage: php-zd history [options] [SITE...]\nSee "php-zd history --help".\n',
  });
});

test('a table has the last twenty, and --json all, unless -n says how many', async () => {
  const typist = await Typist.atStartedSite();
  const entry = (id: number) =>
    `${JSON.stringify({ format: 1, id: `${id}`, startedAt: id, endedAt: id, outcome: 'rolled' })}\n`;
  await typist.world.files.write(paths.history, Array.from({ length: 21 }, (_, index) => entry(index)).join(''));
  const rolls = async (line: string) => JSON.parse((await typist.type(line)).out)[0].rolls.length;
  expect(await rolls('history shop --json -n 3')).toBe(3);
  expect(await rolls('history shop --json')).toBe(21);
  expect((await typist.type('history shop')).out.trimEnd().split('\n')).toHaveLength(1 + 20);
});
