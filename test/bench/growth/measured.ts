import * as v from 'valibot';
import type { Machine } from '../../lab/machine.ts';
import { hostSchema } from '../run.ts';

/** What grows, in the order of the report, and what one of its figures is measured for. */
export const GROWTHS = {
  sites: 'sites on a host, each of two replicas',
  replicas: 'replicas of a site',
  files: 'files of a release',
} as const;
export type Growth = keyof typeof GROWTHS;

const UNITS = ['ms', 'KiB'] as const;
const GROWTH_NAMES = ['sites', 'replicas', 'files'] as const satisfies readonly Growth[];

const measured = v.object({
  growth: v.picklist(GROWTH_NAMES),
  /** How many of it. */
  size: v.number(),
  round: v.number(),
  figure: v.string(),
  unit: v.picklist(UNITS),
  value: v.number(),
});

/** One figure, measured once. */
export type Measured = v.InferOutput<typeof measured>;

/** Notes a figure of one size in one round. */
export type Note = (figure: string, unit: Measured['unit'], value: number) => Promise<void>;

/** Brings a machine to one size, and gives the work of one round. */
export type Grow = (machine: Machine, size: number) => Promise<(note: Note) => Promise<void>>;

/** A line of JSON for the host, and one for each figure. */
export const parseMeasured = (text: string) => {
  const [first = '', ...rest] = text.trimEnd().split('\n');
  return {
    host: v.parse(hostSchema, JSON.parse(first)),
    figures: rest.map(line => v.parse(measured, JSON.parse(line))),
  };
};

export type Results = ReturnType<typeof parseMeasured>;
