// generate.ts MANUAL DIRECTORY: writes into the directory the shells' completions and the manual's pages of the verbs, both
// made from the command line.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describeCommandLine } from './command-line.ts';
import { renderBash } from './completion/bash.ts';
import { renderFish } from './completion/fish.ts';
import { renderZsh } from './completion/zsh.ts';
import { renderVerbPages } from './verb-pages.ts';

const [, , manual = '', directory = ''] = process.argv;
const commandLine = describeCommandLine();

const files: readonly (readonly [path: string, text: string])[] = [
  // Named as each shell looks for them.
  ['completion/bash/php-zd', renderBash(commandLine)],
  ['completion/zsh/_php-zd', renderZsh(commandLine)],
  ['completion/fish/php-zd.fish', renderFish(commandLine)],
  ...renderVerbPages(readFileSync(manual, 'utf8'), commandLine).map(
    ({ name, text }) => [`man/php-zd-${name}.8`, text] as const,
  ),
];

for (const [path, text] of files) {
  mkdirSync(`${directory}/${path.slice(0, path.lastIndexOf('/'))}`, { recursive: true });
  writeFileSync(`${directory}/${path}`, text);
}
