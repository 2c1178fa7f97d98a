import { expect, test } from 'vitest';
import { Exit } from '../../src/cli/context.ts';
import { loadFamilies } from '../../src/cli/program.ts';
import { paths, release } from '../run/world.ts';
import { type Said, Typist } from './typist.ts';

const LINK = '/srv/shop/current';

/** Types the line when the first replica of the release starts, and gives what both came to. */
const whileRollingTo = async (typist: Typist, name: string, line: string) => {
  // A verb is loaded when it is typed, which takes real time, and a roll in memory takes none.
  await loadFamilies();
  await typist.type('abort shop');
  typist.world.forget();
  let meanwhile: Promise<Said> | undefined;
  typist.world.onStart = (_, to) => {
    if (to === release(name)) meanwhile ??= typist.type(line);
    return undefined;
  };
  const rolled = await typist.type(`deploy shop ${release(name)}`);
  typist.world.onStart = () => undefined;
  return { rolled, meanwhile: await meanwhile };
};

test('a roll is ended, what was promoted serves, and whoever waited hears that', async () => {
  const typist = await Typist.atStartedSite();
  const { rolled, meanwhile } = await whileRollingTo(typist, '42', 'abort shop');
  expect(meanwhile).toMatchObject({
    exit: Exit.done,
    err: expect.stringMatching(/^Ended the roll of shop\. What it left is being put right\.$/m),
  });
  expect(rolled.exit).toBe(Exit.failed);
  expect(rolled.err).toContain(`php-zd: roll of 'shop' to ${release('42')} failed: it was asked to stop.\n`);
  expect(rolled.err).toContain(
    `${LINK} names ${release('41')} again. To try it again: "php-zd deploy shop ${release('42')}".\n`,
  );
  expect(await typist.world.picture()).toEqual(['1: 41 UP', '2: 41 UP']);
  expect((await typist.type('history shop --json')).out).toContain('"code": "aborted"');
  expect(await typist.world.files.list(paths.slotHolds)).toEqual([]);
});

test('a roll that is ended, and that no settle comes to, wants a person', async () => {
  const typist = await Typist.atStartedSite();
  typist.dropsSettle = true;
  const { meanwhile } = await whileRollingTo(typist, '42', 'abort shop');
  expect(meanwhile).toMatchObject({ exit: Exit.look, err: expect.stringContaining('a person must look') });
});

test('nothing is ended when no roll is under way', async () => {
  const typist = await Typist.atStartedSite();
  expect(await typist.type('abort shop')).toEqual({
    exit: Exit.done,
    out: '',
    err: 'No roll of shop is under way.\n',
  });
  expect(typist.world.commands.runs).toEqual([]);
});

test('a site that there is not is status 4', async () => {
  const typist = await Typist.atStartedSite();
  expect(await typist.type('abort nope')).toMatchObject({ exit: Exit.noSuchSite });
});

test('a rollback during a roll ends that roll, and goes back to what was promoted before it', async () => {
  const typist = await Typist.atStartedSite();
  await typist.type(`deploy shop ${release('42')}`);
  const { rolled, meanwhile } = await whileRollingTo(typist, '43', 'rollback shop');
  expect(meanwhile).toMatchObject({ exit: Exit.done });
  expect(rolled.exit).toBe(Exit.failed);
  expect(await typist.world.files.readLink(LINK)).toBe(release('42'));
  expect(await typist.world.picture()).toEqual(['3: 42 UP', '4: 42 UP']);
});
