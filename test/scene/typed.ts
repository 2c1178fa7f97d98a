import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const readme = await readFile(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');

/** What a section of the README has to be typed, as one script. */
export const typedIn = (heading: string): string => {
  const [, section = ''] = readme.split(new RegExp(`^## ${heading}$`, 'm'));
  const blocks = section.split(/^## /m, 1)[0]?.matchAll(/^```sh\n(.*?)^```$/gms) ?? [];
  return [...blocks].map(([, block]) => block).join('');
};
