import type { Position, Problem } from './problem.ts';

/** A file of HAProxy's configuration. */
export interface ConfigFile {
  readonly file: string;
  readonly text: string;
}

interface Line {
  readonly file: string;
  readonly line: number;
  readonly words: readonly string[];
}

interface Section {
  readonly kind: string;
  readonly name: string | undefined;
  readonly header: Line;
  readonly lines: readonly Line[];
}

/** What the site's backend must have. */
export interface WantedBackend {
  readonly name: string;
  /** Lines of HAProxy's configuration, comments among them. */
  readonly text: string;
  /** Whether HAProxy makes FastCGI of HTTP there. */
  readonly isHttp: boolean;
}

/** The words with which a section begins (haproxy's configuration manual, 2.1). Others end the section before just as well. */
const SECTIONS: readonly string[] = [
  ...['global', 'defaults', 'frontend', 'backend', 'listen', 'fcgi-app', 'peers', 'resolvers', 'userlist', 'mailers'],
  ...['cache', 'program', 'http-errors', 'ring', 'log-forward', 'crt-store', 'traces', 'acme', 'log-profile'],
];

/** What makes requests stay with a server, so that its drain ends for nobody who has its cookie (facts.md H9), or pass by the choice. */
const KEEPS_VISITORS: readonly string[] = ['cookie', 'stick', 'persist', 'force-persist', 'use-server', 'dispatch'];

/**
 * What in the operator's configuration is not as the site's backend must be, each at the line that is otherwise, or at the head of the
 * section where a line is missing. What the backend has besides is the operator's affair. `nowhere` is the place where no file was found.
 */
export const judgeBackend = (
  files: readonly ConfigFile[],
  wanted: WantedBackend,
  nowhere: Position,
): readonly Problem[] => {
  const sections = files.flatMap(readSections);
  const backend = sections.find(({ kind, name }) => ['backend', 'listen'].includes(kind) && name === wanted.name);
  if (backend === undefined) {
    const place = files[0] === undefined ? nowhere : { file: files[0].file, line: 1 };
    return [{ ...place, message: `there is no backend '${wanted.name}': write one` }];
  }
  return [
    ...wordsOf(wanted.text).flatMap(words => judgeLine(backend, words)),
    ...backend.lines
      .filter(({ words }) => KEEPS_VISITORS.includes(words[0] ?? ''))
      .map(line =>
        at(line, `'${textOf(line.words)}' gives requests to a server whatever its state is: take the line out`),
      ),
    ...(wanted.isHttp ? judgeApp(sections, backend) : []),
  ];
};

const judgeLine = ({ header, lines }: Section, wanted: readonly string[]): readonly Problem[] => {
  const key = keyOf(wanted);
  const found = lines.findLast(({ words }) => keyOf(words) === key);
  const advice = `write '${textOf(wanted)}'`;
  if (found === undefined) return [at(header, `'${textOf(header.words)}' lacks a line: ${advice}`)];
  return textOf(found.words) === textOf(wanted) ? [] : [at(found, `'${textOf(found.words)}': ${advice}`)];
};

/** FastCGI connections that HAProxy keeps pin a child of PHP-FPM each, and hold a drain (facts.md H1). */
const judgeApp = (sections: readonly Section[], backend: Section): readonly Problem[] => {
  const use = backend.lines.findLast(({ words }) => words[0] === 'use-fcgi-app');
  if (use === undefined)
    return [at(backend.header, `'${textOf(backend.header.words)}' lacks a line: write 'use-fcgi-app NAME'`)];
  const app = sections.find(({ kind, name }) => kind === 'fcgi-app' && name === use.words[1]);
  return app === undefined ? [] : judgeLine(app, ['no', 'option', 'keep-conn']);
};

/** Two lines with one key say the same thing, and HAProxy goes by the last of them. */
const keyOf = (words: readonly string[]): string => {
  const [first = '', second = '', third = ''] = words;
  if (first === 'no' && second === 'option') return `option ${third}`;
  if (['option', 'timeout', 'server', 'tcp-check', 'default-server'].includes(first)) return `${first} ${second}`;
  return first;
};

const readSections = ({ file, text }: ConfigFile): readonly Section[] => {
  const sections: { kind: string; name: string | undefined; header: Line; lines: Line[] }[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const words = splitWords(raw);
    const line = { file, line: index + 1, words };
    const [kind, name] = words;
    if (kind === undefined) continue;
    if (SECTIONS.includes(kind)) sections.push({ kind, name, header: line, lines: [] });
    else sections.at(-1)?.lines.push(line);
  }
  return sections;
};

const wordsOf = (text: string): readonly (readonly string[])[] =>
  text
    .split('\n')
    .map(splitWords)
    .filter(words => words.length > 0);

/** The words of a line without its comment; quotes and backslashes as HAProxy has them (its configuration manual, 2.2). */
const splitWords = (line: string): readonly string[] => {
  const words: string[] = [];
  for (const [part = ''] of line.matchAll(/#.*|(?:\\.|'[^']*'|"(?:\\.|[^"\\])*"|[^\s#'"\\])+/g)) {
    if (part.startsWith('#')) break;
    words.push(part.replaceAll(/\\(.)|["']/g, '$1'));
  }
  return words;
};

const textOf = (words: readonly string[]): string => words.join(' ');

const at = ({ file, line }: Line, message: string): Problem => ({ file, line, message });
