import { loadedNameProblem } from './loaded-names.ts';
import type { Findings } from './problem.ts';

/** What a file of variables says, and what is wrong or doubtful in it. */
export interface EnvironmentFile {
  readonly environment: ReadonlyMap<string, string>;
  readonly findings: Findings;
}

/**
 * A file of variables, one NAME=VALUE a line, with the quotes and escapes of EnvironmentFile= (systemd.exec(5)). A line that
 * systemd would drop, or take for something else than its writer meant, is a problem. Messages name lines and variables and
 * never show a value, which may be a secret.
 */
export const parseEnvironmentFile = (file: string, text: string): EnvironmentFile => {
  const findings: Findings = { problems: [], warnings: [] };
  const refuse: Refuse = (line, message) => void findings.problems.push({ file, line, message });
  const environment = new Map<string, string>();
  if (!isReadable(text, refuse)) return { environment, findings };
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; ) {
    const at = index + 1;
    const entry = readEntry(lines, index, message => refuse(at, message));
    index = entry.next;
    if (entry.name === undefined) continue;
    environment.set(entry.name, entry.value);
    if (!entry.isVerbatim && /\$\{\w/.test(entry.value)) {
      const message = `'${entry.name}' holds '\${', and nobody puts another variable in its place: write its value itself, or put the value in single quotes if it is meant so`;
      findings.warnings.push({ file, line: at, message });
    }
  }
  return { environment, findings };
};

type Refuse = (line: number, message: string) => void;

/** What stands in no variable: such a file is read no further. */
const isReadable = (text: string, refuse: Refuse): boolean => {
  const lineOf = (index: number) => text.slice(0, index).split('\n').length;
  if (text.startsWith('\uFEFF')) {
    refuse(1, "begins with a byte order mark: remove it with sed -i '1s/^\\xEF\\xBB\\xBF//' FILE");
    return false;
  }
  const carriageReturn = text.indexOf('\r');
  if (carriageReturn !== -1) {
    refuse(
      lineOf(carriageReturn),
      "has a carriage return at its end, as on Windows: remove them with sed -i 's/\\r$//' FILE",
    );
    return false;
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is those that no variable has.
  const foreign = text.search(/[\u0000-\u0008\u000b-\u001f\u007f\uFFFD]/);
  if (foreign === -1) return true;
  refuse(lineOf(foreign), 'has a control character, or is no UTF-8: write the value as text, such as base64');
  return false;
};

interface Entry {
  /** Undefined: a line without a variable. */
  readonly name: string | undefined;
  readonly value: string;
  /** In single quotes. */
  readonly isVerbatim: boolean;
  /** The index of the line after it. */
  readonly next: number;
}

const readEntry = (lines: readonly string[], index: number, refuse: (message: string) => void): Entry => {
  const line = lines[index] ?? '';
  const none = { name: undefined, value: '', isVerbatim: false };
  const trimmed = line.trim();
  if (trimmed === '') return { ...none, next: index + 1 };
  if (/^[#;]/.test(trimmed)) {
    if (line.endsWith('\\')) refuse('is a comment that ends with a backslash: remove the backslash');
    return { ...none, next: index + 1 };
  }
  const equals = line.indexOf('=');
  if (equals === -1) {
    refuse("has no '=': write NAME=VALUE, or # before a comment");
    return { ...none, next: index + 1 };
  }
  const value = readValue(lines, index, equals + 1);
  if ('refused' in value) refuse(value.refused);
  const problem = nameProblem(line.slice(0, equals).trim());
  if (problem !== undefined) refuse(problem);
  if ('refused' in value || problem !== undefined) return { ...none, next: value.next };
  return { ...value, name: line.slice(0, equals).trim() };
};

const nameProblem = (name: string): string | undefined => {
  const exported = /^export\s+([A-Za-z_]\w*)$/.exec(name);
  if (exported) return `begins with 'export': write ${exported[1]}=VALUE`;
  if (!/^[A-Za-z_]\w*$/.test(name)) {
    return "has a name that no variable has before its '=': write letters, digits and _, not beginning with a digit";
  }
  return loadedNameProblem(name);
};

type Value = Omit<Entry, 'name'> | { readonly refused: string; readonly next: number };

/** A place in the file where a value, or a further line of one, begins. */
interface Cursor {
  readonly lines: readonly string[];
  readonly index: number;
  readonly from: number;
}

const readValue = (lines: readonly string[], index: number, from: number): Value => {
  const line = lines[index] ?? '';
  const start = from + (line.length - from - line.slice(from).trimStart().length);
  const quote = line[start];
  return quote === '"' || quote === "'"
    ? readQuoted({ lines, index, from: start + 1 }, quote)
    : readPlain({ lines, index, from: start });
};

/** Up to the quote that ends it, over as many lines as that takes. */
const readQuoted = ({ lines, ...cursor }: Cursor, quote: '"' | "'"): Value => {
  let value = '';
  let wrong: string | undefined;
  for (let { index, from } = cursor; index < lines.length; index += 1, from = 0) {
    const line = lines[index] ?? '';
    let isJoined = false;
    for (let at = from; at < line.length; at += 1) {
      const char = line[at] ?? '';
      if (char === quote) {
        return closeQuoted(line.slice(at + 1), { value, wrong, isVerbatim: quote === "'", next: index + 1 });
      }
      if (char !== '\\' || quote === "'") {
        value += char;
        continue;
      }
      at += 1;
      const escaped = line[at];
      if (escaped === undefined) isJoined = true;
      else if (!'"\\`$'.includes(escaped)) wrong ??= badEscape;
      value += escaped ?? '';
    }
    if (!isJoined) value += '\n';
  }
  return { refused: `has a ${quote} that does not end: end the value with ${quote}`, next: lines.length };
};

const badEscape =
  'has a backslash in double quotes that stays in the value: write a line break as one within the quotes, and a backslash ' +
  'that is meant as two of them';

interface Closed {
  readonly value: string;
  readonly wrong: string | undefined;
  readonly isVerbatim: boolean;
  readonly next: number;
}

const closeQuoted = (rest: string, { wrong, ...entry }: Closed): Value => {
  const { next } = entry;
  if (rest.trim() !== '') {
    return { refused: 'goes on after the quote that ends its value: put a comment on a line of its own', next };
  }
  return wrong === undefined ? entry : { refused: wrong, next };
};

/** To the end of its line, or of the last line that a backslash joins to it. */
const readPlain = ({ lines, ...cursor }: Cursor): Value => {
  let value = '';
  for (let { index, from } = cursor; index < lines.length; index += 1, from = 0) {
    const text = (lines[index] ?? '').slice(from);
    const next = index + 1;
    if (/\s#/.test(text)) {
      const refused =
        "has ' #' in its value, which begins no comment: put a comment on a line of its own, or the value in single quotes";
      return { refused, next };
    }
    if (/\\[A-Za-z0-9]/.test(text.replaceAll('\\\\', ''))) {
      return { refused: 'would lose a backslash of its value: put the value in single quotes', next };
    }
    value += text.replace(/\\(.?)/g, '$1');
    if (!text.replaceAll('\\\\', '').endsWith('\\')) return { value: value.trimEnd(), isVerbatim: false, next };
  }
  return { value: value.trimEnd(), isVerbatim: false, next: lines.length };
};
