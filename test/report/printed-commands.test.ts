import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { problemOfTyped } from './typed.ts';

const SRC = new URL('../../src/', import.meta.url).pathname;
const FOLDERS = ['report', 'site', 'run', 'cli'];

/** A command in a text that somebody is told: the verb, and the words behind it that are a value, an option or a name. */
const COMMAND = /php-zd ([a-z][a-z-]{0,30})((?: (?:\$\{[\w.]{1,40}\}|--[a-z-]{1,30}|[A-Z]{1,10})){1,8})/g;

interface Printed {
  readonly file: string;
  readonly verb: string;
  readonly words: readonly string[];
}

const printed: readonly Printed[] = FOLDERS.flatMap(folder =>
  readdirSync(`${SRC}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .flatMap(name =>
      [...readFileSync(`${SRC}${folder}/${name}`, 'utf8').matchAll(COMMAND)].map(([, verb = '', words = '']) => ({
        file: `${folder}/${name}`,
        verb,
        words: words.trim().split(' '),
      })),
    ),
);

test('there are commands in what status, doctor and errors print', () => {
  expect(printed.length).toBeGreaterThan(30);
});

test('each is a verb, with options that it has and no more arguments than it takes', () => {
  const wrong = printed.map(({ file, verb, words }) => [file, verb, problemOfTyped(verb, words, false)]);
  expect(wrong.filter(([, , problem]) => problem !== undefined)).toEqual([]);
});
