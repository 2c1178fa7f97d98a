/** record.ts DIRECTORY: puts what was drawn there into the README and docs/. */
import { copyFile, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { fillPlace } from './fill-place.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const main = async (directory: string): Promise<void> => {
  await copyFile(`${directory}/picture.svg`, `${root}/docs/bench.svg`);
  await copyFile(`${directory}/figures.json`, `${root}/docs/bench.json`);
  await fillPlace(`${root}/README.md`, 'make bench-record', await readFile(`${directory}/summary.md`, 'utf8'));
  await fillPlace(`${root}/docs/bench.md`, 'make bench-record', await readFile(`${directory}/table.md`, 'utf8'));
};

await main(process.argv[2] ?? 'dist/bench');
