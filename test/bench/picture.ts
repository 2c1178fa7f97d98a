import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { endOf, figuresOf, isLost, watchedOf } from './figures.ts';
import type { Run } from './run.ts';

/** A point for the slowest request of so many milliseconds; more would be one line on paper. */
const BIN_MS = 50;
/** Before and after the restart. */
const MARGIN_MS = 2000;

interface Point {
  readonly panel: string;
  /** Seconds from the restart's begin. */
  readonly at: number;
  /** Milliseconds. */
  readonly slowest: number;
}

/** How long requests took as time went by, a panel a run; the restart is the band, lost requests stand at the top. */
export const drawLatency = (runs: readonly Run[], panelOf: (run: Run) => string): string => {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const bands = runs.map(run => ({ panel: panelOf(run), from: 0, to: figuresOf(run).tookMs / 1000 }));
  const end = Math.max(...bands.map(({ to }) => to)) + MARGIN_MS / 1000;
  const points = runs.flatMap(run => pointsOf(run, panelOf(run)).filter(({ at }) => at <= end));
  const lost = runs.flatMap(run => lostOf(run, panelOf(run)));
  const figure = Plot.plot({
    document,
    width: 900,
    height: 40 + 75 * runs.length,
    marginLeft: 50,
    marginRight: 180,
    style: { background: 'white', color: '#222', fontFamily: 'sans-serif' },
    x: { label: 'seconds from the restart', domain: [-MARGIN_MS / 1000, end] },
    y: {
      type: 'log',
      label: 'ms',
      domain: [1, 10_000],
      ticks: [1, 100, 10_000],
      tickFormat: (ms: number) => String(ms),
      grid: true,
    },
    fy: { label: null, domain: bands.map(({ panel }) => panel) },
    marks: [
      Plot.rectX(bands, { fy: 'panel', x1: 'from', x2: 'to', fill: '#f3d9a4' }),
      Plot.lineY(points, { fy: 'panel', x: 'at', y: 'slowest', stroke: '#20639b', strokeWidth: 1 }),
      Plot.tickX(lost, { fy: 'panel', x: 'at', stroke: '#c0392b' }),
    ],
  });
  figure.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return figure.outerHTML;
};

/** The slowest watched request by the time at which it began, so that one that waits shows where it came in. */
const pointsOf = (run: Run, panel: string): readonly Point[] => {
  const slowest = new Map<number, number>();
  for (const each of watchedOf(run)) {
    const bin = Math.floor(each[1] / BIN_MS);
    if (!isLost(each) && bin * BIN_MS >= -MARGIN_MS) slowest.set(bin, Math.max(slowest.get(bin) ?? 0, each[2]));
  }
  return [...slowest].sort(([a], [b]) => a - b).map(([bin, ms]) => ({ panel, at: (bin * BIN_MS) / 1000, slowest: ms }));
};

const lostOf = (run: Run, panel: string): readonly { readonly panel: string; readonly at: number }[] =>
  run.requests.filter(isLost).map(each => ({ panel, at: endOf(each) / 1000 }));
