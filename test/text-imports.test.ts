import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { defaultPage } from '../src/render/maintenance.ts';

test('the text of a file in another language is what is imported of it', () => {
  expect(defaultPage.text).toBe(readFileSync(new URL('../src/render/maintenance.html', import.meta.url), 'utf8'));
});

test('the program runs from its source, with these texts', () => {
  const options = ['--silent', 'start', '--', '--version'];
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  expect(execFileSync('npm', options, { cwd, encoding: 'utf8' })).toBe('php-zd from source\n');
});
