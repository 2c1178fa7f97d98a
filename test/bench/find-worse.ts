import type { Ratio, Row, Spread } from './run.ts';

/** What a busy machine makes of the same program: beyond that, on the wrong side of all that was recorded, is worse. */
const NOISE = 1.3;

const WORDS: Readonly<Record<Ratio, string>> = {
  took: 'takes, to a bare restart',
  p99: '99 % of requests, in the restart to before',
  p999: '99.9 % of requests, in the restart to before',
  stall: 'the longest stall, in the restart to before',
  capacity: 'the fewest answers of half a second, to the mean before',
  memory: 'the most memory, to before',
};

/** The ratios that a few short rounds say reliably: the longest stall and the 99.9th percentile are single requests. */
const COMPARED: readonly Ratio[] = ['took', 'p99', 'capacity', 'memory'];

/** Of php-zd's own ways: the others are there to compare with. */
export const findWorse = (rows: readonly Row[], recorded: readonly Row[]): readonly string[] =>
  rows.filter(isOurs).flatMap(row => {
    const before = recorded.find(({ load, method }) => load === row.load && method === row.method);
    return before === undefined ? [`${nameOf(row)}: nothing is recorded of it`] : worseThan(before, row);
  });

const isOurs = ({ method }: Row): boolean => method.startsWith('php-zd');

const worseThan = (before: Row, row: Row): readonly string[] => [
  ...(before.lost === 0 && row.lost > 0 ? [`${nameOf(row)}: ${row.lost} of ${row.requests} requests were lost`] : []),
  ...COMPARED.flatMap(ratio => {
    const [now, then] = [row.ratios[ratio], before.ratios[ratio]];
    return isWorse(ratio, now.median, then)
      ? [`${nameOf(row)}: ${WORDS[ratio]}: ${render(now)}, recorded ${render(then)}`]
      : [];
  }),
];

const isWorse = (ratio: Ratio, now: number, then: Spread): boolean =>
  ratio === 'capacity' ? now < then.least / NOISE : now > then.most * NOISE;

const nameOf = ({ method, load }: Row): string => `${method}, ${load}`;

const render = ({ median, least, most }: Spread): string =>
  `${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`;
