import { expect, test } from 'vitest';
import { inertCli } from '../../packaging/command-line.ts';
import { PhpZdError } from '../../src/base/errors.ts';
import { Exit } from '../../src/cli/context.ts';
import { loadFamilies, makeProgram } from '../../src/cli/program.ts';
import { Typist } from './typist.ts';

const OF_ALL = 'See "php-zd help".\n';

test.each(['--version', '-V'])('%s is the version, and needs no host', async option => {
  const typist = await Typist.atNewSite();
  typist.world.systemd.loseBus();
  expect(await typist.type(option)).toEqual({ exit: Exit.done, out: 'php-zd 1.2.3\n', err: '' });
});

const verbsFor = async (...line: readonly string[]): Promise<readonly string[]> =>
  makeProgram(inertCli, () => async () => undefined, await loadFamilies(line)).commands.map(verb => verb.name());

test('a verb is known to a line that begins with it, which loads fewer than all verbs', async () => {
  const all = await verbsFor();
  expect(all.length).toBeGreaterThan(20);
  for (const verb of all) {
    const loaded = await verbsFor(verb, 'shop');
    expect(loaded).toContain(verb);
    if (verb !== 'help') expect(loaded.length).toBeLessThan(all.length / 2);
  }
});

test.each([['stauts'], ['--help'], ['help']])('a line that begins with %s loads all verbs', async first => {
  expect(await verbsFor(first)).toEqual(await verbsFor());
});

test.each([
  ['a verb that there is not', 'relod shop', "php-zd: unknown command 'relod'\n(Did you mean reload?)\n"],
  ['an option that there is not', '--verbos', "php-zd: unknown option '--verbos'\n"],
])('%s is bad usage', async (_, line, why) => {
  const { exit, out, err } = await (await Typist.atNewSite()).type(line);
  expect({ exit, out }).toEqual({ exit: Exit.invalid, out: '' });
  expect(err).toContain(why.split('\n')[0]);
  expect(err.endsWith(OF_ALL)).toBe(true);
});

test('an argument too many is bad usage, with how the verb is written', async () => {
  expect(await (await Typist.atNewSite()).type('drain shop 1 2')).toEqual({
    exit: Exit.invalid,
    out: '',
    err:
      "php-zd: too many arguments for 'drain'. Expected 2 arguments but got 3.\n" +
      'Usage: php-zd drain [options] <SITE> <N>\nSee "php-zd drain --help".\n',
  });
});

test('what is no error of ours is a bug, and goes on with its stack', async () => {
  const typist = await Typist.atNewSite();
  typist.world.files.read = () => Promise.reject(new TypeError('a bug'));
  await expect(typist.type('check shop')).rejects.toThrow(TypeError);
});

test('control characters of other programs do not reach the terminal', async () => {
  const typist = await Typist.atNewSite();
  typist.foregroundStatus = () => {
    throw new PhpZdError('command-failed', { command: 'journalctl', status: '1', output: 'red \x1b[31malert' });
  };
  expect((await typist.type('logs shop')).err).not.toContain('\x1b');
});
