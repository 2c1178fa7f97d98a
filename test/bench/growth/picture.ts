import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { GROWTHS, type Growth } from './measured.ts';
import type { GrowthRow } from './rows.ts';

const HEIGHT = 400;
const LINES = HEIGHT / 14;

/** How many times its smallest each figure is, both by their logarithms, a dot for each time that it was measured; dashed is linear. */
export const drawGrowth = (rows: readonly GrowthRow[], growth: Growth): string => {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const own = rows.filter(row => row.growth === growth);
  const relative = own.flatMap(({ figure, medians, points }) => {
    const smallest = medians[0]?.y ?? 1;
    const of = (kind: string, some: typeof points) => some.map(({ x, y }) => ({ kind, figure, x, y: y / smallest }));
    return [...of('each', points), ...of('median', medians)];
  });
  const sizes = own[0]?.medians.map(({ x }) => x) ?? [];
  const [least = 1] = sizes;
  const figure = Plot.plot({
    document,
    width: 900,
    height: HEIGHT,
    marginLeft: 50,
    marginRight: 220,
    style: { background: 'white', color: '#222', fontFamily: 'sans-serif' },
    x: { type: 'log', label: GROWTHS[growth], ticks: sizes, tickFormat: (size: number) => String(size) },
    y: { type: 'log', label: 'times that of the smallest', grid: true, tickFormat: (times: number) => String(times) },
    color: { scheme: 'tableau10', domain: own.map(({ figure: name }) => name) },
    marks: [
      Plot.lineY(
        sizes.map(size => ({ x: size, y: size / least })),
        { x: 'x', y: 'y', stroke: '#999', strokeDasharray: '4 4' },
      ),
      Plot.lineY(
        relative.filter(({ kind }) => kind === 'median'),
        { x: 'x', y: 'y', stroke: 'figure' },
      ),
      Plot.dot(
        relative.filter(({ kind }) => kind === 'each'),
        { x: 'x', y: 'y', fill: 'figure', r: 2 },
      ),
      Plot.text(ends(relative, sizes.at(-1)), {
        x: 'x',
        y: 'y',
        text: 'figure',
        fill: 'figure',
        dx: 6,
        textAnchor: 'start',
      }),
    ],
  });
  figure.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return figure.outerHTML;
};

interface Relative {
  readonly kind: string;
  readonly figure: string;
  readonly x: number;
  readonly y: number;
}

/** Where the names of the figures stand: at the ends of their lines, and not nearer to each other than can be read. */
const ends = (relative: readonly Relative[], last: number | undefined): readonly Relative[] => {
  const all = relative.map(({ y }) => y);
  // The whole height is so many lines of text.
  const apart = (Math.max(...all) / Math.min(...all)) ** (1 / LINES);
  let below = 0;
  return relative
    .filter(({ kind, x }) => kind === 'median' && x === last)
    .sort((a, b) => a.y - b.y)
    .map(end => {
      below = Math.max(end.y, below * apart);
      return { ...end, y: below };
    });
};
