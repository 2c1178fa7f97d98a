import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { renderEnvironment, renderEnvironmentScript } from '../../src/render/environment.ts';

const environmentOf = (env: Readonly<Record<string, string>>) => ({
  environment: new Map<string, string>(),
  env: new Map(Object.entries(env)),
});

test.each([
  ['plain text', 'APP="plain text"\n'],
  ['a "quoted" word', 'APP="a \\"quoted\\" word"\n'],
  ["it's", `APP="it's"\n`],
  ['$HOME `id` C:\\x', 'APP="\\$HOME \\`id\\` C:\\\\x"\n'],
  ['# %i; ünïcode', 'APP="# %i; ünïcode"\n'],
])('the value %s stands in quotes that systemd takes away again', (value, text) => {
  expect(renderEnvironment(environmentOf({ APP: value }))).toBe(text);
});

test('a site without variables has an empty file', () => {
  expect(renderEnvironment(environmentOf({}))).toBe('');
});

test('what [env] says wins over the environment file', () => {
  const environment = new Map([
    ['APP', 'file'],
    ['MORE', 'file'],
  ]);
  expect(renderEnvironment({ environment, env: new Map([['APP', 'env']]) })).toBe('APP="env"\nMORE="file"\n');
});

test('the shell that becomes php-fpm has each variable as it was written, and no other', () => {
  const values = {
    ...{ PLAIN: 'x', EMPTY: '', QUOTES: `it's "so" \`id\``, DOLLAR: '$2y$10$abc $HOME $pool', LINES: 'a\nb\n' },
    ...{ BACKSLASH: 'C:\\new\\', UTF8: 'é 中 😀', UID: '7', IFS: ':', PATH: '/x', ENV: 'prod', PPID: '1' },
  };
  const directory = mkdtempSync(join(tmpdir(), 'environment-'));
  try {
    const file = join(directory, 'environment.sh');
    writeFileSync(file, renderEnvironmentScript({ environment: new Map(Object.entries(values)) }));
    const args = ['-c', `. ${file}; exec "$@"`, 'php-fpm', '/usr/bin/env', '-0'];
    const seen = execFileSync('/usr/bin/dash', args, { env: {}, encoding: 'utf8' });
    const pairs = seen.split('\0').filter(pair => pair !== '');
    expect(Object.fromEntries(pairs.map(pair => [pair.split('=', 1)[0], pair.slice(pair.indexOf('=') + 1)]))).toEqual(
      values,
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
});
