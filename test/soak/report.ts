import { isLost, KINDS, type LoadReport, type Sample } from '../load/report.ts';
import { type Choice, STRATEGIES } from './choose.ts';
import type { Memory } from './machine-memory.ts';
import type { Roll } from './roll.ts';

export interface Soak {
  readonly seed: number;
  readonly suite: string;
  readonly rolls: readonly Roll[];
  readonly load: LoadReport;
  /** Requests that were answered and did not finish their work after it. */
  readonly unfinished: readonly string[];
  /** How long a roll takes while nobody asks. */
  readonly idleMs: readonly number[];
  readonly memory: { readonly before: Memory; readonly after: Memory };
  /** What ended the soak before its time. */
  readonly error: string | undefined;
}

export const renderRoll = ({ choice, to, fault, outcome, startedAt, endedAt }: Roll): string =>
  [
    choice.strategy.padEnd(10),
    `to release ${to}`.padEnd(15),
    configWords(choice).padEnd(28),
    seconds(endedAt - startedAt).padStart(7),
    `  ${outcome}${fault === '' ? '' : ` (${fault})`}`,
  ].join(' ');

/** All that must not be. */
export const findFailures = ({ rolls, load, unfinished, error }: Soak): readonly string[] => [
  ...rolls.flatMap(({ faults }, index) => faults.map(fault => `roll ${index + 1}: ${fault}`)),
  ...load.samples.filter(isLost).map(sample => `lost, ${placeOf(sample, rolls)}: ${sample.kind}: ${sample.lost}`),
  ...unfinished.map(id => `the work after the answer of ${id} was not finished`),
  ...(error === undefined ? [] : [error]),
];

export const renderSoak = (soak: Soak): string => {
  const { rolls, load, seed, suite, idleMs, memory } = soak;
  const [during, between] = splitFast(soak);
  const tables = [
    [['', 'rolls', 'rolled', 'put back', 'refused'], ...STRATEGIES.map(name => countRolls(name, rolls))],
    [['', 'requests', 'lost', 'slowest'], ...KINDS.map(kind => countKind(kind, load))],
    [
      ['fast requests', 'number', 'median', '99 %', 'slowest'],
      spread('during rolls', during),
      spread('between', between),
    ],
  ];
  return [
    ...tables.map(renderTable),
    `A roll while nobody asks: ${idleMs.map(seconds).join(', ')}.`,
    `HAProxy's memory (PSS): ${memoryWords(memory.before)} before, ${memoryWords(memory.after)} after.`,
    `Again: make soak SUITE=${suite} ROLLS=${rolls.length} SEED=${seed}`,
  ].join('\n\n');
};

const configWords = ({ config: { replicas, maxChildren, greeting } }: Choice): string =>
  `${replicas} replicas of ${maxChildren}, env ${greeting}`;

const placeOf = ({ startedAt, endedAt }: Sample, rolls: readonly Roll[]): string => {
  const index = rolls.findIndex(roll => startedAt <= roll.endedAt && endedAt >= roll.startedAt);
  const roll = rolls[index];
  return roll === undefined ? 'between rolls' : `in roll ${index + 1} (${renderRoll(roll).replace(/ +/g, ' ')})`;
};

const countRolls = (strategy: string, rolls: readonly Roll[]): readonly string[] => {
  const all = rolls.filter(({ choice }) => choice.strategy === strategy);
  const count = (outcome: Roll['outcome']) => String(all.filter(roll => roll.outcome === outcome).length);
  return [strategy, String(all.length), count('rolled'), count('put back'), count('refused')];
};

const countKind = (kind: (typeof KINDS)[number], { byKind }: LoadReport): readonly string[] => {
  const { requests, lost, slowestMs } = byKind[kind];
  return [kind, String(requests), String(lost), `${slowestMs} ms`];
};

/** The fast requests that met a roll, and those that did not. */
const splitFast = ({ load, rolls }: Soak): readonly [readonly Sample[], readonly Sample[]] => {
  const isDuring = ({ startedAt, endedAt }: Sample) =>
    rolls.some(roll => startedAt <= roll.endedAt && endedAt >= roll.startedAt);
  const fast = load.samples.filter(({ kind }) => kind === 'fast');
  return [fast.filter(isDuring), fast.filter(sample => !isDuring(sample))];
};

const spread = (name: string, samples: readonly Sample[]): readonly string[] => {
  const times = samples.map(({ startedAt, endedAt }) => endedAt - startedAt).sort((a, b) => a - b);
  const at = (share: number) => `${times[Math.floor((times.length - 1) * share)] ?? 0} ms`;
  return [name, String(times.length), at(0.5), at(0.99), at(1)];
};

const memoryWords = ({ kib, processes }: Memory): string => `${(kib / 1024).toFixed(1)} MiB in ${processes} processes`;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const renderTable = (rows: readonly (readonly string[])[]): string =>
  rows.map(([first = '', ...rest]) => `${first.padEnd(16)}${rest.map(cell => cell.padStart(10)).join('')}`).join('\n');
