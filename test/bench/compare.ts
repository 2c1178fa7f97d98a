/** compare.ts DIRECTORY RECORDED: what got worse in DIRECTORY/results.jsonl since RECORDED; status 1 when anything did. */
import { readFile } from 'node:fs/promises';
import { findWorse } from './find-worse.ts';
import { rowsOf } from './rows.ts';
import { parseRecorded, parseResults } from './run.ts';

const main = async (directory: string, recordedFile: string): Promise<boolean> => {
  const { runs } = parseResults(await readFile(`${directory}/results.jsonl`, 'utf8'));
  const recorded = parseRecorded(await readFile(recordedFile, 'utf8'));
  const rows = rowsOf(runs);
  const worse = findWorse(rows, recorded.rows);
  const since = `what was recorded on ${recorded.host.date} (${recorded.host.versions['php-zd']})`;
  for (const line of worse) process.stdout.write(`! ${line}\n`);
  process.stdout.write(worse.length === 0 ? `Nothing got worse than ${since}.\n` : `Compared with ${since}.\n`);
  return worse.length === 0;
};

const [directory = '', recordedFile = ''] = process.argv.slice(2);
process.exitCode = (await main(directory, recordedFile)) ? 0 : 1;
