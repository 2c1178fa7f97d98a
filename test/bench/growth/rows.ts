import { type Fit, fitPower, type Point } from './fit.ts';
import type { Growth, Measured, Results } from './measured.ts';

/** One figure over all sizes of a growth. */
export interface GrowthRow {
  readonly growth: Growth;
  readonly figure: string;
  readonly unit: Measured['unit'];
  /** The median of each size, the smallest first. */
  readonly medians: readonly Point[];
  /** What was measured, each time. */
  readonly points: readonly Point[];
  readonly fit: Fit;
  /** The exponent from the last size but one to the last: what is the same for all sizes counts least there. */
  readonly last: number;
}

/** In the order in which they were measured. */
export const growthRows = ({ figures }: Results): readonly GrowthRow[] => {
  const named = new Map<string, Measured[]>();
  for (const each of figures) {
    const name = `${each.growth} ${each.figure}`;
    named.set(name, [...(named.get(name) ?? []), each]);
  }
  return [...named.values()].flatMap(own => {
    const [first] = own;
    const points = own.map(({ size, value }) => ({ x: size, y: value }));
    const medians = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b).map(x => medianAt(points, x));
    if (first === undefined || medians.length < 2) return [];
    const { growth, figure, unit } = first;
    return { growth, figure, unit, medians, points, fit: fitPower(points), last: fitPower(medians.slice(-2)).exponent };
  });
};

const medianAt = (points: readonly Point[], x: number): Point => {
  const values = points
    .filter(point => point.x === x)
    .map(({ y }) => y)
    .sort((a, b) => a - b);
  return { x, y: values[Math.floor((values.length - 1) / 2)] ?? Number.NaN };
};
