import { unsafe } from 'ini';
import type { Problem } from './problem.ts';

/**
 * An ini file line by line. What the package `ini` would nest, merge, cut or drop in silence is an entry here, or a problem.
 */
export interface IniFile {
  readonly file: string;
  readonly headers: readonly IniHeader[];
  readonly entries: readonly IniEntry[];
  readonly problems: readonly Problem[];
}

interface IniHeader {
  /** Of a broken header, which is in `problems` already, the name that was most likely meant. */
  readonly name: string;
  readonly line: number;
  readonly isBroken: boolean;
}

export interface IniEntry {
  /** Undefined for an entry before the first section. */
  readonly section: string | undefined;
  readonly key: string;
  /** Undefined when the value cannot be read; the problem is already in `problems`. */
  readonly value: string | undefined;
  readonly line: number;
  /** The line has no '=': its first word is taken as the key that was meant. */
  readonly isGarbage: boolean;
}

/** Reads every line: a header, an entry, a comment, nothing, or a problem. */
export const readIniLines = (file: string, text: string): IniFile => {
  const headers: IniHeader[] = [];
  const entries: IniEntry[] = [];
  const problems: Problem[] = [];
  let section: string | undefined;
  for (const [index, rawLine] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = index + 1;
    const content = rawLine.trim();
    if (content === '' || /^[;#]/.test(content)) continue;
    const report = (message: string) => problems.push({ file, line, message });
    if (content.startsWith('[')) {
      const header = readHeader(content);
      if (header.problem !== undefined) report(header.problem);
      section = header.name;
      headers.push({ name: header.name, line, isBroken: header.problem !== undefined });
      continue;
    }
    const entry = readEntry(content);
    if (entry.problem !== undefined) report(entry.problem);
    entries.push({ section, key: entry.key, value: entry.value, line, isGarbage: entry.isGarbage });
  }
  return { file, headers, entries, problems };
};

interface ReadHeader {
  readonly name: string;
  readonly problem: string | undefined;
}

/** A broken header still begins a section: otherwise its keys would be blamed for standing in the section above. */
const readHeader = (content: string): ReadHeader => {
  const name = /^\[([^\]]*)\]$/.exec(content)?.[1]?.trim();
  if (name !== undefined && !controlCharacter.test(name)) return { name, problem: undefined };
  const meant = /^\[\s*([\w.-]*)/.exec(content)?.[1] ?? '';
  return {
    name: meant,
    problem: `${quote(content)} is no section: write [${meant || 'NAME'}] alone on its line`,
  };
};

interface ReadEntry {
  readonly key: string;
  readonly value: string | undefined;
  readonly isGarbage: boolean;
  readonly problem: string | undefined;
}

const readEntry = (content: string): ReadEntry => {
  const [, before = '', raw] = /^([^=]*)=(.*)$/s.exec(content) ?? [];
  const key = before.trim();
  if (raw === undefined || key === '' || controlCharacter.test(key)) {
    const [meant = ''] = content.split(/[\s:=]/, 1);
    const problem = `${quote(content)} is neither a section, a key nor a comment: write KEY = VALUE`;
    return { key: meant, value: undefined, isGarbage: true, problem };
  }
  const { value, problem } = readValue(raw.trim());
  return { key, value, isGarbage: false, problem: problem && `'${key}' ${problem}` };
};

interface ReadValue {
  readonly value: string | undefined;
  readonly problem: string | undefined;
}

/**
 * The package `ini` reads the value. What that would lose or turn into something else is refused here, or read as it is
 * written.
 */
const readValue = (raw: string): ReadValue => {
  if (controlCharacter.test(raw)) return refuse('holds a control character: take it out');
  const [quoteMark = ''] = raw;
  if (quoteMark === '"' || quoteMark === "'") return readQuoted(raw, quoteMark);
  const cut = commentSign(raw);
  if (cut !== undefined) {
    return refuse(
      `has a '${cut}' in its value: put the value in single quotes if it belongs there; a comment needs a line of its own`,
    );
  }
  return accept(unsafe(raw));
};

const readQuoted = (raw: string, quoteMark: string): ReadValue => {
  if (raw.length < 2 || !raw.endsWith(quoteMark)) {
    return refuse(
      `begins with ${quoteMark} and does not end with it: quote the whole value; a comment needs a line of its own`,
    );
  }
  // Not read by `ini`, which takes '8.20' for a number and '{}' for an object.
  if (quoteMark === "'") return accept(raw.slice(1, -1));
  const value: unknown = unsafe(raw);
  // `ini` reads a text in double quotes as JSON, and hands it back unchanged, quotes and all, when it is no JSON.
  if (value === raw || typeof value !== 'string') {
    return refuse('has a backslash or a quote that double quotes cannot hold: put the value in single quotes');
  }
  return controlCharacter.test(value) ? refuse('holds a control character: take it out') : accept(value);
};

/** The first ';' or '#' that no backslash escapes: `ini` would end the value there. */
const commentSign = (raw: string): string | undefined => /[;#]/.exec(raw.replace(/\\./g, ''))?.[0];

const accept = (value: string): ReadValue => ({ value, problem: undefined });
const refuse = (problem: string): ReadValue => ({ value: undefined, problem });

// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression is there to find them
const controlCharacter = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** A line of the file as a message quotes it: cut short, and without characters that a terminal would act on. */
const quote = (content: string): string => {
  const printable = content.replace(new RegExp(controlCharacter, 'g'), '?');
  return `'${printable.length > 40 ? `${printable.slice(0, 37)}...` : printable}'`;
};
