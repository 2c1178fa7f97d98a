import { readIniLines } from './ini-lines.ts';

export interface SiteLine {
  readonly section: string;
  readonly key: string;
  readonly value: string;
}

/** The text of a site file with a line as somebody would write it: in the place of the one that has the key, else in its section. */
export const withLine = (text: string, { section, key, value }: SiteLine): string => {
  const { entries, headers } = readIniLines('', text);
  const line = `${key} = ${value}`;
  const lines = text.split('\n');
  const former = entries.findLast(entry => entry.section === section && entry.key === key)?.line;
  if (former !== undefined) return lines.map((each, at) => (at + 1 === former ? line : each)).join('\n');
  const header = headers.find(({ name }) => name === section)?.line;
  return header === undefined
    ? `${text}\n[${section}]\n${line}\n`
    : [...lines.slice(0, header), line, ...lines.slice(header)].join('\n');
};
