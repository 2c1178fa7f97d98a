import { type Figures, figuresOf } from './figures.ts';
import { LOADS } from './loads.ts';
import { METHODS } from './methods.ts';
import type { Row, Run, Spread } from './run.ts';

const spreadOf = (values: readonly number[]): Spread => {
  const sorted = [...values].sort((a, b) => a - b);
  const [least = Number.NaN] = sorted;
  const median = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  return { median, least, most: sorted.at(-1) ?? Number.NaN };
};

/** In the order of loads and methods; of those that were measured. */
export const rowsOf = (runs: readonly Run[]): readonly Row[] => {
  const measured = runs.map(run => ({ ...run, ...figuresOf(run) }));
  return LOADS.flatMap(({ name: load }) =>
    METHODS.flatMap(({ name: method }) => {
      const own = measured.filter(each => each.load === load && each.method === method);
      return own.length === 0 ? [] : rowOf(own, measured);
    }),
  );
};

type Measured = Omit<Run, keyof Figures> & Figures;

const rowOf = (own: readonly Measured[], all: readonly Measured[]): Row => {
  const [{ load = '', method = '' } = {}] = own;
  const spread = (figure: (each: Measured) => number): Spread => spreadOf(own.map(figure));
  return {
    load,
    method,
    requests: own.reduce((sum, each) => sum + each.requests.length, 0),
    lost: own.reduce((sum, { lost }) => sum + lost, 0),
    stallMs: spread(each => each.stallMs),
    tookMs: spread(each => each.tookMs),
    ratios: {
      took: spread(each => each.tookMs / bareMs(each, all)),
      p99: spread(each => each.p99),
      p999: spread(each => each.p999),
      stall: spread(each => each.stall),
      capacity: spread(each => each.capacity),
      memory: spread(each => each.memory),
    },
  };
};

/** How long a bare restart took, which is the first method. */
const bareMs = ({ load, round }: Measured, all: readonly Measured[]): number => {
  const bare = all.find(each => each.load === load && each.round === round && each.method === METHODS[0]?.name);
  return bare?.tookMs ?? Number.NaN;
};
