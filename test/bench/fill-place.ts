import { readFile, writeFile } from 'node:fs/promises';

/** Puts the text into the place of the file that this target of make fills. */
export const fillPlace = async (file: string, target: string, text: string): Promise<void> => {
  const place = new RegExp(`(<!-- ${target} -->\\n)[\\s\\S]*?(<!-- end -->)`);
  const whole = await readFile(file, 'utf8');
  if (!place.test(whole)) throw new Error(`${file}: no place for what ${target} writes`);
  await writeFile(
    file,
    whole.replace(place, (_, begin, end) => `${begin}${text}${end}`),
  );
};
