import { expect, test } from 'vitest';
import { renderEnvironment } from '../../src/render/environment.ts';

test.each([
  ['plain text', 'APP="plain text"\n'],
  ['a "quoted" word', 'APP="a \\"quoted\\" word"\n'],
  ["it's", `APP="it's"\n`],
  ['$HOME `id` C:\\x', 'APP="\\$HOME \\`id\\` C:\\\\x"\n'],
  ['# %i; ünïcode', 'APP="# %i; ünïcode"\n'],
])('the value %s stands in quotes that systemd takes away again', (value, text) => {
  expect(renderEnvironment({ env: new Map([['APP', value]]) })).toBe(text);
});

test('a site without variables has an empty file', () => {
  expect(renderEnvironment({ env: new Map() })).toBe('');
});
