/** draw.ts DIRECTORY: makes of results.jsonl there report.html and table.md. */
import { readFile, writeFile } from 'node:fs/promises';
import { parseMeasured } from './measured.ts';
import { renderGrowthPage } from './page.ts';
import { renderGrowth } from './table.ts';

const main = async (directory: string): Promise<void> => {
  const results = parseMeasured(await readFile(`${directory}/results.jsonl`, 'utf8'));
  await writeFile(`${directory}/report.html`, renderGrowthPage(results));
  await writeFile(`${directory}/table.md`, renderGrowth(results));
};

await main(process.argv[2] ?? 'dist/bench-growth');
