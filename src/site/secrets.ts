import type { Problem } from './problem.ts';

const SECTION = '[env]';

/** The line of the section whose values may be secrets; undefined when the text has none. */
const lineOfSecrets = (text: string): number | undefined => {
  const index = text.split('\n').findIndex(line => line.trim() === SECTION);
  return index === -1 ? undefined : index + 1;
};

export const hasSecrets = (text: string): boolean => lineOfSecrets(text) !== undefined;

/** The mode of a site file with this text: variables may be secrets, which only root is to read. */
export const modeOfSiteFile = (text: string): number => (hasSecrets(text) ? 0o640 : 0o644);

/** A warning of a file with variables that every user of the host may read. `mode` is that of the file. */
export const warnOfOpenSecrets = (file: string, text: string, mode: number): readonly Problem[] => {
  const line = lineOfSecrets(text);
  if (line === undefined || (mode & 0o004) === 0) return [];
  const message = `variables may be secrets, and every user of the host may read this file: chmod o-r ${file}`;
  return [{ file, line, message }];
};
