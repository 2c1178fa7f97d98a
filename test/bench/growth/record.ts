/** record.ts DIRECTORY: puts what was measured, and the tables that were drawn of it, into docs/. */
import { copyFile, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { fillPlace } from '../fill-place.ts';

const docs = fileURLToPath(new URL('../../../docs', import.meta.url));

const main = async (directory: string): Promise<void> => {
  await copyFile(`${directory}/results.jsonl`, `${docs}/growth.jsonl`);
  await fillPlace(`${docs}/growth.md`, 'make bench-growth-record', await readFile(`${directory}/table.md`, 'utf8'));
};

await main(process.argv[2] ?? 'dist/bench-growth');
