import { readFile } from 'node:fs/promises';
import type { Machine } from './machine.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What the machine's shell offers where each line ends, as Tab would. */
export const askOffers = async (
  machine: Machine,
  shell: Shell,
  lines: readonly string[],
): Promise<readonly (readonly string[])[]> => {
  const script = `/root/offers.${shell}`;
  await machine.write(script, await readFile(new URL(`offers/offers.${shell}`, import.meta.url), 'utf8'));
  const { stdout: told, stderr } = await machine.ask(shell, script, ...lines);
  // A line of the completions that the shell cannot read offers nothing.
  if (stderr !== '') throw new Error(`${shell}: ${stderr}`);
  const offers = told.split(/\r?\n\r?\n/).slice(0, lines.length);
  return offers.map(words => words.split(/\r?\n/).filter(word => word !== ''));
};
