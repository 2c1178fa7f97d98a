/**
 * draw.ts DIRECTORY: makes of results.jsonl there report.html, table.md, summary.md, picture.svg, and figures.json, which a later
 * measurement is compared with.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { renderPage } from './page.ts';
import { drawLatency } from './picture.ts';
import { rowsOf } from './rows.ts';
import { parseResults } from './run.ts';
import { renderSummary, renderTables } from './table.ts';

const DRAWN_LOAD = 'fast and 5 s';
const DRAWN_METHODS = ['restart of php-fpm', 'reload, timeout 30 s', 'two pools, Apache', 'php-zd, surge 1'];

const main = async (directory: string): Promise<void> => {
  const { host, runs } = parseResults(await readFile(`${directory}/results.jsonl`, 'utf8'));
  const rows = rowsOf(runs);
  const drawn = runs.filter(
    ({ load, method, round }) => round === 1 && load === DRAWN_LOAD && DRAWN_METHODS.includes(method),
  );
  const write = (name: string, text: string) => writeFile(`${directory}/${name}`, text);
  await write('report.html', renderPage({ host, runs }));
  await write('table.md', renderTables(rows, host));
  await write('summary.md', renderSummary(rows, host));
  if (drawn.length > 0) await write('picture.svg', `${drawLatency(drawn, ({ method }) => method)}\n`);
  await write('figures.json', `${JSON.stringify({ host, rows }, undefined, 1)}\n`);
};

await main(process.argv[2] ?? 'dist/bench');
