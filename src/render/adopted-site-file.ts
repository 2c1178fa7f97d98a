import { withoutControls } from '../base/printable.ts';
import type { Adopted, Kept, Left } from '../site/existing/adopted.ts';
import { type SectionName, schemaSections } from '../site/schema.ts';

/** A line of the site file that follows from no directive, but from an answer. */
export interface Answer {
  readonly section: SectionName;
  readonly key: string;
  readonly value: string;
  /** What the administrator should know of it. */
  readonly note?: string;
}

export interface AdoptedText {
  readonly text: string;
  /** The directives that stand in it, by the number of their line. */
  readonly lines: ReadonlyMap<number, Kept>;
}

interface Contents {
  readonly answers: readonly Answer[];
  readonly adopted: readonly Adopted[];
  readonly files: readonly string[];
  /** Directories that PHP could write: whoever reads the file chooses among them. */
  readonly places: readonly string[];
}

/** A site file made of what exists: each section with what it keeps, and beside it what was left, with the reason. */
export const renderAdoptedSiteFile = (name: string, { answers, adopted, files, places }: Contents): AdoptedText => {
  const rows: Row[] = [
    comment(`The site ${name} of php-zd, made from ${files.join(' and ')}.`),
    comment('All other keys have defaults: man php-zd.ini. Beside what could not be taken over stands why.'),
  ];
  for (const { name: section } of schemaSections) {
    const own = answers.filter(line => line.section === section).flatMap(line => rowsOf(line));
    const rest = adopted
      .filter(line => line.section === section)
      .flatMap(line => (line.kind === 'kept' ? rowsOf(line, line) : leftRows(line)));
    const offered = section === 'writable' ? placeRows(places) : [];
    const isWithout = own.length + rest.length + offered.length === 0;
    if (!isWithout) rows.push({ text: '' }, { text: `[${section}]` }, ...own, ...rest, ...offered);
    else if (section === 'health') rows.push(...health);
  }
  return {
    text: rows.map(({ text }) => `${text}\n`).join(''),
    lines: new Map(rows.flatMap(({ kept }, index) => (kept === undefined ? [] : [[index + 1, kept] as const]))),
  };
};

interface Row {
  readonly text: string;
  readonly kept?: Kept;
}

/** One line whatever the text has in it. */
const comment = (text: string): Row => ({ text: `# ${withoutControls(text).replace(/\s/g, ' ')}` });

const rowsOf = (line: Answer, kept?: Kept): readonly Row[] => [
  ...(line.note === undefined ? [] : [comment(`${line.key}: ${line.note}`)]),
  { text: lineOf(line), ...(kept === undefined ? {} : { kept }) },
];

const leftRows = ({ at, line, why }: Left): readonly Row[] => [
  comment(`${at.file}:${at.line}: ${line}`),
  comment(`  ${why}`),
];

const lineOf = ({ key, value }: Answer): string => `${key} = ${written(value)}`.trimEnd();

/** As src/site/ini-lines.ts reads the value back; single quotes hold everything. */
const written = (value: string): string =>
  /^(?:[^\s;#"'\\](?:[^;#\\]*[^\s;#\\])?)?$/.test(value) ? value : `'${value}'`;

const placeRows = (places: readonly string[]): readonly Row[] =>
  places.length === 0
    ? []
    : [
        comment('PHP could write to these too, and a replica writes to what stands here without a #:'),
        ...places.map(path => comment(lineOf({ section: 'writable', key: path, value: 'yes' }))),
      ];

const health: readonly Row[] = [
  { text: '' },
  comment('What a new replica must answer with status 200 before it serves: a page that needs what visitors need.'),
  { text: '# [health]' },
  { text: '# path = /health' },
];
