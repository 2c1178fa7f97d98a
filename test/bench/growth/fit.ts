/** A power law through points: y grows as x to the `exponent`, give or take `spread`, two standard errors. */
export interface Fit {
  readonly exponent: number;
  readonly spread: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** By least squares of the logarithms. Two points at least, with two x. */
export const fitPower = (points: readonly Point[]): Fit => {
  const logs = points.map(({ x, y }) => ({ x: Math.log(x), y: Math.log(y) }));
  const meanX = mean(logs.map(({ x }) => x));
  const meanY = mean(logs.map(({ y }) => y));
  const width = sum(logs.map(({ x }) => (x - meanX) ** 2));
  const exponent = sum(logs.map(({ x, y }) => (x - meanX) * (y - meanY))) / width;
  const rest = sum(logs.map(({ x, y }) => (y - meanY - exponent * (x - meanX)) ** 2));
  return { exponent, spread: 2 * Math.sqrt(rest / Math.max(1, logs.length - 2) / width) };
};

/** What an exponent means. Above `FINDING` something is done again and again for each of what grows. */
export const nameGrowth = (exponent: number): string => {
  if (exponent < -0.1) return 'falls';
  if (exponent < 0.1) return 'the same';
  if (exponent < 0.8) return 'less than linear';
  return exponent <= FINDING ? 'linear' : 'more than linear';
};

export const FINDING = 1.2;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
