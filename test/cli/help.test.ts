import { describe, expect, test } from 'vitest';
import { describeCommandLine, inertCli } from '../../packaging/command-line.ts';
import { PhpZdError } from '../../src/base/errors.ts';
import { type Cli, Exit } from '../../src/cli/context.ts';
import { runProgram } from '../../src/cli/program.ts';
import type { Foreground } from '../../src/ports/foreground.ts';

const unused = () => {
  throw new Error('help needs nothing of the world');
};

interface Said {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

const say = async (foreground: Foreground, ...argv: readonly string[]): Promise<Said> => {
  const said = { out: '', err: '' };
  const cli: Cli = {
    ...inertCli,
    out: text => {
      said.out += text;
    },
    err: text => {
      said.err += text;
    },
    foreground,
  };
  return { exit: await runProgram(cli, argv), ...said };
};

describe('the list of verbs', () => {
  test('says of each what it is for, in a line of a terminal', async () => {
    const { exit, out } = await say(unused, '--help');
    const items = [...out.matchAll(/^ {2}([a-z-]+) +(.*)$/gm)].map(([, name = '', words = '']) => ({ name, words }));
    expect(exit).toBe(Exit.done);
    expect(items.length).toBeGreaterThan(10);
    expect(items.filter(({ words }) => words === '')).toEqual([]);
    expect(out.split('\n').filter(line => line.length > 80)).toEqual([]);
  });

  test('has every verb once', async () => {
    const { out } = await say(unused, 'help');
    const listed = [...out.matchAll(/^ {2}([a-z][a-z-]*) /gm)].map(([, name]) => name);
    expect(listed).toEqual([...new Set(listed)]);
    for (const { name } of describeCommandLine().verbs) expect(listed).toContain(name);
  });

  test('is what stands there when no verb was typed, which is an error', async () => {
    const { exit, out, err } = await say(unused);
    expect({ exit, out }).toEqual({ exit: Exit.invalid, out: '' });
    expect(err).toBe((await say(unused, '--help')).out);
  });
});

describe('help of a verb', () => {
  test('opens its page', async () => {
    const opened: string[] = [];
    const said = await say(
      async (program, args) => {
        opened.push([program, ...args].join(' '));
        return 0;
      },
      'help',
      'status',
    );
    expect(opened).toEqual(['man php-zd-status']);
    expect(said).toEqual({ exit: Exit.done, out: '', err: '' });
  });

  test.each([
    [
      'man(1) is not there',
      () => Promise.reject(new PhpZdError('command-failed', { command: 'man', status: 'ENOENT', output: '' })),
    ],
    ['man(1) has no such page', () => Promise.resolve(16)],
  ])('is the short one where %s', async (_, foreground) => {
    const { exit, out } = await say(foreground, 'help', 'status');
    expect(exit).toBe(Exit.done);
    expect(out).toContain('--replica <N>');
    expect(out).toBe((await say(unused, 'status', '--help')).out);
  });

  test('of a verb that there is not names the one that was meant', async () => {
    expect(await say(unused, 'help', 'statsu')).toEqual({
      exit: Exit.invalid,
      out: '',
      err: `php-zd: there is no verb 'statsu'; did you mean 'status'? See them all with "php-zd help".\n`,
    });
    expect((await say(unused, 'help', 'unit')).exit).toBe(Exit.invalid);
  });
});

test.each([
  [['statsu'], `unknown command 'statsu'.\n(Did you mean status?)\nSee "php-zd help".`],
  [
    ['status', '--jsno'],
    `unknown option '--jsno'.\n(Did you mean --json?)\nUsage: php-zd status [options] [SITE...]\nSee "php-zd status --help".`,
  ],
  [
    ['deploy', 'shop'],
    `missing required argument 'DIR'.\nUsage: php-zd deploy [options] <SITE> <DIR>\nSee "php-zd deploy --help".`,
  ],
  [
    ['ready', 'shop', 'x'],
    `value 'x' is invalid for argument 'N'. A replica is a number from 1.\nUsage: php-zd ready [options] <SITE> <N>\nSee "php-zd ready --help".`,
  ],
])('what was mistyped in %j is said, with what to type next', async (argv, words) => {
  expect(await say(unused, ...argv)).toEqual({
    exit: Exit.invalid,
    out: '',
    err: `php-zd: ${words}\n`,
  });
});

test('what was mistyped of exec has another number than the command that it runs', async () => {
  const { exit, err } = await say(unused, 'exec', 'shop', 'ls', '-l');
  expect(exit).toBe(125);
  expect(err).toContain('Usage: php-zd exec [--release DIR] [--write] SITE -- COMMAND [ARG...]');
  expect((await say(unused, 'exec', '--help')).exit).toBe(Exit.done);
});

test.each(['reload', 'stop', 'prune --keep 3'])('%s of named sites and of all of them is refused', async verb => {
  const { exit, err } = await say(unused, ...verb.split(' '), '--all', 'shop');
  expect(exit).toBe(Exit.invalid);
  expect(err).toBe('php-zd: which of them? Name sites or write --all, not both: nothing was done.\n');
});
