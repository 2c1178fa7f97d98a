import type { Host, Row, Spread } from './run.ts';

/** A column: what stands above it, and the cell of a row. */
type Column = readonly [string, (row: Row) => string];

const RATIO_COLUMNS: readonly Column[] = [
  ['takes, to a bare restart', ({ ratios }) => times(ratios.took)],
  ['99 %', ({ ratios }) => times(ratios.p99)],
  ['99.9 %', ({ ratios }) => times(ratios.p999)],
  ['longest stall', ({ ratios }) => times(ratios.stall)],
];

const COLUMNS: readonly Column[] = [
  ['way', ({ method }) => method],
  ['lost', ({ lost, requests }) => `${lost} of ${requests}`],
  ...RATIO_COLUMNS,
  ['in ms', ({ stallMs }) => whole(stallMs)],
  ['fewest answers', ({ ratios }) => times(ratios.capacity)],
  ['most memory', ({ ratios }) => times(ratios.memory)],
];

/** All that was measured, a table a load. */
export const renderTables = (rows: readonly Row[], host: Host): string =>
  [
    ...[...new Set(rows.map(({ load }) => load))].flatMap(load => [
      `### ${load}\n`,
      renderTable(
        COLUMNS,
        rows.filter(row => row.load === load),
      ),
      '',
    ]),
    HOW_TO_READ,
    '',
    renderHost(host),
    '',
  ].join('\n');

/** What a reader wants to know first, of a few loads. */
export const renderSummary = (rows: readonly Row[], host: Host): string => {
  const of = (load: string, method: string) => rows.find(row => row.load === load && row.method === method);
  const methods = rows.filter(({ load }) => load === rows[0]?.load);
  const cell = (load: string, render: (row: Row) => string) => (row: Row) => {
    const found = of(load, row.method);
    return found === undefined ? '' : render(found);
  };
  const lost = ({ method }: Row): string => {
    const own = rows.filter(row => row.method === method);
    return `${sum(own.map(row => row.lost))} of ${sum(own.map(row => row.requests))}`;
  };
  const columns: readonly Column[] = [
    ['way', ({ method }) => method],
    ['lost', lost],
    ['longest stall, ms', cell('fast', ({ stallMs }) => whole(stallMs))],
    ['beside 5 s', cell('fast and 5 s', ({ stallMs }) => whole(stallMs))],
    ['takes, s', cell('fast', ({ tookMs }) => seconds(tookMs))],
    ['beside 5 s', cell('fast and 5 s', ({ tookMs }) => seconds(tookMs))],
    ['capacity at its lowest', cell('saturated', ({ ratios }) => percent(ratios.capacity))],
    ['memory at its highest', cell('saturated', ({ ratios }) => percent(ratios.memory))],
  ];
  return `${renderTable(columns, methods)}\n\n${renderHost(host)}\n`;
};

const renderTable = (columns: readonly Column[], rows: readonly Row[]): string => {
  const [title = [], ...cells] = cellsOf(columns, rows);
  return [title, title.map(() => '---'), ...cells].map(line => `| ${line.join(' | ')} |`).join('\n');
};

const cellsOf = (columns: readonly Column[], rows: readonly Row[]): readonly (readonly string[])[] => [
  columns.map(([title]) => title),
  ...rows.map(row => columns.map(([, cell]) => cell(row))),
];

/** The table of one load for a page. */
export const renderHtmlTable = (rows: readonly Row[]): string => htmlTable(cellsOf(COLUMNS, rows));

/** Of lines of cells, the title first. */
export const htmlTable = ([title = [], ...cells]: readonly (readonly string[])[]): string => {
  const line = (tag: string) => (texts: readonly string[]) =>
    `<tr>${texts.map(text => `<${tag}>${text}</${tag}>`).join('')}</tr>`;
  return `<table>\n${[line('th')(title), ...cells.map(line('td'))].join('\n')}\n</table>`;
};

/** What the columns of a load's table say. */
export const HOW_TO_READ =
  'A restart has ended when its command has, and the last process of before has answered its last request. Each figure is the median of all rounds, with the least and the most. 99 %, 99.9 % and the longest stall, which is the longest time without an answer, are those of the watched requests in the restart, as many times those of the four seconds before it; so are the fewest answers of half a second, by their mean before, and the most memory of all PHP processes (PSS). A request is lost that has no whole right answer, or does not end its work after it.';

export const renderHost = ({ date, versions }: Host): string => {
  const { processors, ...programs } = versions;
  const words = Object.entries(programs).map(([name, version]) =>
    version.startsWith(name) ? version : `${name} ${version}`,
  );
  return `Measured on ${date} with ${words.join(', ')}, on ${processors} processors.`;
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The median, and the least and the most behind it. */
const render =
  (digits: (value: number) => string) =>
  ({ median, least, most }: Spread): string =>
    `${digits(median)} (${digits(least)}-${digits(most)})`;

const times = render(value => (value < 9.95 ? value.toFixed(1) : value.toFixed(0)));
const whole = render(value => value.toFixed(0));
const seconds = render(value => (value / 1000).toFixed(1));
const percent = render(value => `${(100 * value).toFixed(0)} %`);
