import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const readme = await readFile(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');

/**
 * What README.md has somebody type from the repository to the first answer, block by block, without its comments: first the lines by which
 * php-zd is installed.
 */
export const typedToFirstAnswer = (): readonly string[] => {
  const [, install = ''] = /on each host:\n\n((?: {4}.*\n)+)/.exec(readme) ?? [];
  const first = readme.slice(readme.indexOf('\n## A first site'), readme.indexOf('\nDeploy: '));
  const blocks = [...first.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
  return [install.replace(/^ {4}/gm, ''), ...blocks].map(block => block.replace(/ +# .*$/gm, ''));
};

/** How long somebody types that who types 40 words a minute. A word is five characters, as where typing is measured. */
export const typingSeconds = (typed: string): number => (typed.length / 5 / 40) * 60;

/** What a section of the README has to be typed, as one script. */
export const typedIn = (heading: string): string => {
  const [, section = ''] = readme.split(new RegExp(`^## ${heading}$`, 'm'));
  const blocks = section.split(/^## /m, 1)[0]?.matchAll(/^```sh\n(.*?)^```$/gms) ?? [];
  return [...blocks].map(([, block]) => block).join('');
};
