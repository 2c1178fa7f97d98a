// Writes what the manual takes from the source: the keys of a site file, the kinds of events with their MESSAGE_ID, and the errors.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { errorSections } from '../src/report/words/errors.ts';
import { eventReports } from '../src/report/words/events.ts';
import { schemaSections } from '../src/site/schema.ts';
import type { Key, Section } from '../src/site/schema-key.ts';

const root = new URL('..', import.meta.url);

/** A page of the manual, and what renders the lines between the page's two comments. */
interface Page {
  /** Below the root of the tree. */
  readonly path: string;
  readonly render: () => string;
}

const BEGIN = '.\\" From the source: "make man" writes these lines.\n';
const END = '.\\" End of the lines from the source.\n';

export const pages: readonly Page[] = [
  { path: 'man/php-zd.ini.5', render: () => schemaSections.map(renderSection).join('') },
  { path: 'man/php-zd.8', render: () => renderEvents(eventReports) + renderErrors(errorSections) },
];

const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** The page as it is written, and as the source wants it. */
export const readPage = ({ path, render }: Page): { readonly written: string; readonly wanted: string } => {
  const written = read(path);
  const begin = written.indexOf(BEGIN);
  const end = written.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`${path} lacks the comments between which these lines belong`);
  return { written, wanted: `${written.slice(0, begin)}${BEGIN}${render()}${written.slice(end)}` };
};

const renderSection = ({ name, sentence, keys }: Section): string =>
  lines(`.Ss [${name}]`, text(sentence), '.Bl -tag -width Ds', ...Object.values(keys).map(renderKey), '.El');

const renderKey = (key: Key<unknown>): string =>
  [
    `.It Cm ${key.kind === 'map' ? `${key.name}[NAME]` : key.name}`,
    text(key.sentence),
    '.br',
    `Type: ${text(key.type.words)}.`,
    key.default === 'required' ? 'Required.' : `Default: ${text(key.default)}.`,
    ...(key.isPerSite ? ["One site's alone: not for", '.Pa defaults.ini .'] : []),
  ].join('\n');

const renderEvents = (events: Readonly<Record<string, { readonly id: string }>>): string =>
  lines(
    '.Bl -column "replica-not-admitted" "00000000000000000000000000000000" -compact',
    '.It Sy PHP_ZD_EVENT Ta Sy MESSAGE_ID',
    ...Object.entries(events).map(([kind, { id }]) => `.It Li ${kind} Ta Li ${id}`),
    '.El',
  );

const renderErrors = (sections: Readonly<Record<string, object>>): string =>
  lines(
    '.Pp',
    'The errors',
    '.Pq Li PHP_ZD_ERROR= ,',
    'by what they are about:',
    '.Bl -tag -width Ds -compact',
    ...Object.entries(sections).flatMap(([title, errors]) => [`.It ${title}`, listCodes(Object.keys(errors))]),
    '.El',
  );

const listCodes = (codes: readonly string[]): string => codes.map(code => `.Li ${code}`).join(' ,\n');

/** As roff shows it unchanged: a backslash begins an escape, and so does a dot or a quote at the start of a line (roff(7)). */
const text = (plain: string): string => plain.replace(/\\/g, '\\e').replace(/^(?=[.'])/, '\\&');

const lines = (...all: readonly string[]): string => `${all.join('\n')}\n`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const page of pages) writeFileSync(new URL(page.path, root), readPage(page).wanted);
}
