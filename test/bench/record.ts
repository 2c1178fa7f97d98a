/** record.ts DIRECTORY: puts what was drawn there into the README and docs/. */
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const PLACE = /(<!-- make bench-record -->\n)[\s\S]*?(<!-- end -->)/;

const main = async (directory: string): Promise<void> => {
  await copyFile(`${directory}/picture.svg`, `${root}/docs/bench.svg`);
  await copyFile(`${directory}/figures.json`, `${root}/docs/bench.json`);
  await fill(`${root}/README.md`, await readFile(`${directory}/summary.md`, 'utf8'));
  await fill(`${root}/docs/bench.md`, await readFile(`${directory}/table.md`, 'utf8'));
};

const fill = async (file: string, text: string): Promise<void> => {
  const whole = await readFile(file, 'utf8');
  if (!PLACE.test(whole)) throw new Error(`${file}: no place for what make bench-record writes`);
  await writeFile(
    file,
    whole.replace(PLACE, (_, begin, end) => `${begin}${text}${end}`),
  );
};

await main(process.argv[2] ?? 'dist/bench');
