import { expect, test } from 'vitest';
import { readHistory } from '../../../src/run/record/history.ts';
import { namedRun } from '../../../src/run/site/site-run.ts';
import { World } from '../world.ts';

interface Asked {
  /** Milliseconds of the world's clock. */
  readonly at: number;
  /** Of the user who logged in. */
  readonly login?: string;
  readonly more?: Readonly<Record<string, unknown>>;
}

const journal = (world: World, ...asked: readonly Asked[]): void => {
  const lines = asked.map(({ at, login = '1001', more }) =>
    JSON.stringify({ __REALTIME_TIMESTAMP: String(at * 1000), _AUDIT_LOGINUID: login, ...more }),
  );
  // Whoever asks for more than root's own entries gets those that anybody wrote.
  const forged = `${JSON.stringify({ __REALTIME_TIMESTAMP: '1', _AUDIT_LOGINUID: '666' })}\n`;
  world.setJournal(({ args }) => (args.includes('_UID=0') ? lines.map(line => `${line}\n`).join('') : forged));
  world.userNames.set(1001, 'alice').set(1002, 'bob');
};

const lastBy = async (world: World) => (await readHistory(namedRun('shop', world.ports, world.emit))).at(-1)?.by;

const rolled = async (...asked: readonly Omit<Asked, 'at'>[]) => {
  const world = await World.serving();
  journal(world, ...asked.map(each => ({ ...each, at: world.clock.now() })));
  await world.rollTo('42');
  return await lastBy(world);
};

test('the user by whom root was asked is in the history', async () => {
  expect(await rolled({ login: '1001' })).toBe('alice');
});

test('a user who was removed meanwhile is a number', async () => {
  expect(await rolled({ login: '1777' })).toBe('1777');
});

test('a roll that several asked for names each of them once', async () => {
  expect(await rolled({ login: '1001' }, { login: '1002' }, { login: '1001' })).toBe('alice, bob');
});

test('it is who logged in, or who says to be behind sudo', async () => {
  const sudo = { PHP_ZD_SUDO_USER: 'carol' };
  expect(await rolled({ login: '0' })).toBe('root');
  expect(await rolled({ login: '0', more: sudo })).toBe('carol');
  expect(await rolled({ login: '1002', more: sudo })).toBe('bob');
  expect(await rolled({ login: '4294967295', more: sudo })).toBe('carol');
  expect(await rolled({ login: '0', more: { PHP_ZD_SUDO_USER: '\u001b[2J' } })).toBe('root');
});

test('a field with several values is as if there were none, and a line that is no entry is passed over', async () => {
  expect(await rolled({ more: { PHP_ZD_SUDO_USER: ['carol', 'dave'], _AUDIT_LOGINUID: null } })).toBe('root');
  const world = await World.serving();
  journal(world, { at: world.clock.now() });
  const entries = world.commands.programs.get('journalctl');
  world.setJournal(command => `-- No entries --\n{"_UID":"1002"}\n${entries?.(command)}{"__REAL`);
  await world.rollTo('42');
  expect(await lastBy(world)).toBe('alice');
});

test('a roll that nobody asked for by php-zd, or of which the journal does not tell, has no name', async () => {
  expect(await rolled()).toBeUndefined();
  const world = await World.serving();
  const silent = { status: 'ENOENT', output: '' };
  world.setJournal(({ args }) => (args.includes('--output=json') ? silent : ''));
  expect(await world.rollTo('42')).toBe('rolled');
  expect(await lastBy(world)).toBeUndefined();
});

test('who asked for the roll before, and long before this one, did not ask for it', async () => {
  const world = await World.serving();
  const first = world.clock.now();
  journal(world, { at: first });
  await world.rollTo('42');
  world.clock.advance(60_000);
  journal(world, { at: first }, { at: world.clock.now() - 30_000, login: '1002' });
  await world.rollTo('43');
  expect(await lastBy(world)).toBeUndefined();
});

test('who asked while the roll before went on had to wait for this one', async () => {
  const world = await World.serving();
  const first = world.clock.now();
  await world.rollTo('42');
  journal(world, { at: first + 1, login: '1002' });
  world.clock.advance(3_600_000);
  await world.rollTo('43');
  expect(await lastBy(world)).toBe('bob');
  expect(world.commands.runs.find(({ args }) => args.includes('--output=json'))?.args).toContain('PHP_ZD_SITE=shop');
});
