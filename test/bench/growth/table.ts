import { renderHost } from '../table.ts';
import { FINDING, nameGrowth } from './fit.ts';
import { GROWTHS, type Growth, type Results } from './measured.ts';
import { type GrowthRow, growthRows } from './rows.ts';

/** What was measured, a table for each that grows. */
export const renderGrowth = (results: Results): string => {
  const rows = growthRows(results);
  const tables = growthsOf(rows).flatMap(growth => [`### ${heading(growth)}`, '', tableOf(rows, growth), '']);
  return [...tables, HOW_TO_READ, '', renderHost(results.host), ''].join('\n');
};

export const growthsOf = (rows: readonly GrowthRow[]): readonly Growth[] => [
  ...new Set(rows.map(({ growth }) => growth)),
];

export const heading = (growth: Growth): string => GROWTHS[growth].replace(/^./, letter => letter.toUpperCase());

const tableOf = (rows: readonly GrowthRow[], growth: Growth): string => {
  const [head = [], ...cells] = linesOf(rows, growth);
  return [head, head.map(() => '---'), ...cells].map(line => `| ${line.join(' | ')} |`).join('\n');
};

/** The cells of a table, its head first. */
export const linesOf = (rows: readonly GrowthRow[], growth: Growth): readonly (readonly string[])[] => {
  const own = rows.filter(row => row.growth === growth);
  const sizes = [...new Set(own.flatMap(({ medians }) => medians.map(({ x }) => x)))].sort((a, b) => a - b);
  const head = ['figure', ...sizes.map(size => `at ${grouped(size)}`), 'exponent', 'at the end', 'in words'];
  return [head, ...own.map(row => cellsOf(row, sizes))];
};

const cellsOf = (row: GrowthRow, sizes: readonly number[]): readonly string[] => {
  const [smallest] = row.medians;
  const cells = sizes.map(size => {
    const found = row.medians.find(({ x }) => x === size);
    if (found === undefined || smallest === undefined) return '-';
    return found === smallest ? amount(found.y, row.unit) : `${ratio(found.y / smallest.y)} x`;
  });
  const { exponent, spread } = row.fit;
  const words = nameGrowth(Math.max(exponent, row.last));
  return [row.figure, ...cells, `${exponent.toFixed(2)} ± ${spread.toFixed(2)}`, row.last.toFixed(2), words];
};

const amount = (value: number, unit: GrowthRow['unit']): string => {
  if (unit === 'KiB') return `${(value / 1024).toFixed(1)} MiB`;
  return value < 1000 ? `${value.toFixed(0)} ms` : `${(value / 1000).toFixed(1)} s`;
};
const ratio = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0));
const grouped = (size: number): string => size.toLocaleString('en-US');

export const HOW_TO_READ = `Of the smallest size the median of all rounds stands there, of the others how many times that. The exponent is that of a power law through all that was measured, by least squares of the logarithms, give or take two standard errors; "at the end" is it from the last size but one to the last, where what does not grow counts least. The larger of the two is named: above ${FINDING} it grows more than linear. Times of commands that look are processor time, all others are by the clock.`;
