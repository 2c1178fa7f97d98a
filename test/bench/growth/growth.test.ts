import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fitPower, nameGrowth } from './fit.ts';
import { type Measured, parseMeasured } from './measured.ts';
import { renderGrowthPage } from './page.ts';
import { renderGrowth } from './table.ts';

const HOST = { date: '2026-01-02', versions: { 'php-zd': 'php-zd 1.0', processors: '2' } };

/** A figure of sizes 1, 10 and 100, each measured twice. */
const figure = (name: string, at: (size: number, round: number) => number): readonly Measured[] =>
  [1, 10, 100].flatMap(size =>
    [1, 2].map(round => {
      const value = at(size, round);
      return { growth: 'sites', size, round, figure: name, unit: 'ms', value } as const;
    }),
  );

const results = (...figures: readonly (readonly Measured[])[]) =>
  parseMeasured([HOST, ...figures.flat()].map(each => JSON.stringify(each)).join('\n'));

test('a power law is found as it is, and what scatters has a spread', () => {
  const law = (y: (x: number) => number) => [1, 10, 100].map(x => ({ x, y: y(x) }));
  expect(fitPower(law(x => 5 * x ** 2)).exponent).toBeCloseTo(2);
  expect(fitPower(law(x => 5 * x ** 2)).spread).toBeCloseTo(0);
  expect(fitPower(law(() => 5)).exponent).toBeCloseTo(0);
  expect(fitPower([...law(x => x), ...law(x => 2 * x)])).toMatchObject({ exponent: expect.closeTo(1) });
  expect(fitPower([...law(x => x), ...law(x => 2 * x)]).spread).toBeGreaterThan(0.1);
});

test.each([
  [-0.3, 'falls'],
  [0.02, 'the same'],
  [0.5, 'less than linear'],
  [0.97, 'linear'],
  [1.3, 'more than linear'],
])('an exponent of %s is %s', (exponent, words) => expect(nameGrowth(exponent)).toBe(words));

test('a table has the smallest, what the others are of it, and the exponents', () => {
  const table = renderGrowth(
    results(
      figure('status', size => 100 + size),
      figure('boot', (size, round) => size * (1 + round / 100)),
    ),
  );
  expect(table).toContain('| figure | at 1 | at 10 | at 100 | exponent | at the end | in words |');
  expect(table).toContain('| status | 101 ms | 1.1 x | 2.0 x | 0.15 ± 0.06 | 0.26 | less than linear |');
  expect(table).toContain('| boot | 1 ms | 10 x | 100 x | 1.00 ± 0.00 | 1.00 | linear |');
});

test('what grows faster at the end than in the whole is named by its end', () => {
  const late = figure('doctor', size => 100 + size ** 2);
  expect(renderGrowth(results(late))).toMatch(/\| doctor .* \| 1\.70 \| more than linear \|/);
});

test('a report is one page that loads nothing, with a picture of each that grows', () => {
  const page = renderGrowthPage(results(figure('status', size => size)));
  expect(page.match(/<svg/g)).toHaveLength(1);
  expect(page).not.toMatch(/(src|href)=|url\(|@import/);
  expect(page).toContain('Measured on 2026-01-02 with php-zd 1.0, on 2 processors.');
});

test('what is recorded is what the recorded results say', () => {
  const docs = new URL('../../../docs/', import.meta.url);
  const recorded = parseMeasured(readFileSync(new URL('growth.jsonl', docs), 'utf8'));
  expect(readFileSync(new URL('growth.md', docs), 'utf8')).toContain(renderGrowth(recorded));
});
