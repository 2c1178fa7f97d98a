import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const source = readFileSync(new URL('src/base/errors.ts', root), 'utf8');
const codes = [...source.matchAll(/^ {2}\| '([a-z-]+)'/gm)].map(([, code = '']) => code);

/** Where errors come about, and not where words are made of them, or a fake makes them. */
const provoking = ['adapters', 'contract', 'run']
  .flatMap(folder =>
    readdirSync(new URL(`test/${folder}/`, root), { recursive: true }).map(file => `${folder}/${file}`),
  )
  .filter(file => file.endsWith('.ts'))
  .map(file => readFileSync(new URL(`test/${file}`, root), 'utf8'))
  .join('\n');

test('the codes are found', () => {
  expect(codes.length).toBeGreaterThan(30);
});

test.each(codes)('%s is provoked by a test', code => {
  expect(provoking).toMatch(new RegExp(`['"]${code}['"]`));
});
