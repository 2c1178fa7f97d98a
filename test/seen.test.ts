import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { printable } from '../src/base/printable.ts';
import { Typist } from './cli/typist.ts';

const tree = fileURLToPath(new URL('../src/', import.meta.url));
const sources = readdirSync(tree, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'));
const filesWith = (pattern: RegExp): readonly string[] =>
  sources.filter(file => pattern.test(readFileSync(tree + file, 'utf8')));

describe('there is one way out', () => {
  test('for escape sequences', () => {
    expect(filesWith(/\\x1b|\\u001b|\\033/i)).toEqual(['report/terminal/drawing.ts']);
  });

  test('for what is written to a terminal or a pipe', () => {
    expect(filesWith(/process\.std(?:out|err)\b|console\./)).toEqual(['main.ts']);
  });
});

/** What a tenant, a client or a directory's name may have said. */
const LIE = 'x\x1b[2J\x9b31m\u202e\u200b\r!';

test.each([
  ['plan', [LIE]],
  ['deploy', ['shop', `/srv/${LIE}`]],
  ['check', [LIE]],
  ['exec', ['shop', '--release', LIE, '--', 'true']],
  ['snippet', [LIE]],
  ['an unknown verb', []],
])('%s says nothing to a terminal that it was told', async (verb, args) => {
  const typist = await Typist.atStartedSite();
  const { out, err } = await typist.type([verb === 'an unknown verb' ? LIE : verb, ...args]);
  const said = `${out}${err}`;
  expect(said).not.toBe('');
  expect(said).toBe(
    said
      .split('\n')
      .map(line => printable(line, line.length))
      .join('\n'),
  );
});
