import { cpus } from 'node:os';

/** What a part of a run took. */
export interface Spent {
  readonly wallMs: number;
  /** All cores of this machine, whoever kept them busy: most of a booted machine is no child of ours. */
  readonly cpuMs: number;
}

export interface FileTime {
  readonly file: string;
  /** With its hooks, so with the machines that it boots. */
  readonly ms: number;
}

/** Where the time of a run went. */
export interface Account {
  /** What make did before: packages, modules, the build. Undefined when it did not say when it began. */
  readonly before: number | undefined;
  /** How long the roots of the machines took, beside the first project; undefined when no project needed them. */
  readonly roots: number | undefined;
  readonly projects: ReadonlyMap<string, Spent>;
  readonly files: readonly FileTime[];
  /** Each boot of a machine, in milliseconds. */
  readonly boots: readonly number[];
}

const SLOWEST = 10;

/** A clock of both kinds: asked again it tells what was spent since. */
export const startMeter = (): (() => Spent) => {
  const [wall, cpu] = [performance.now(), busyMs()];
  return () => ({ wallMs: performance.now() - wall, cpuMs: busyMs() - cpu });
};

const busyMs = (): number =>
  cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0);

export const renderAccount = ({ before, roots, projects, files, boots }: Account): string => {
  const lines = [
    ...(before === undefined ? [] : [`${seconds(before)} packages and build`]),
    ...(roots === undefined ? [] : [`${seconds(roots)} roots of the machines, beside the first project`]),
    ...[...projects].map(([name, { wallMs, cpuMs }]) => `${seconds(wallMs)} ${name}, ${seconds(cpuMs).trim()} of CPU`),
    ...(boots.length === 0 ? [] : [`${seconds(sum(boots))} of that ${boots.length} boots, several at once`]),
    'the slowest files, with their machines:',
    ...[...files]
      .sort((a, b) => b.ms - a.ms)
      .slice(0, SLOWEST)
      .map(({ file, ms }) => `${seconds(ms)} ${file}`),
  ];
  return ['Where the time went:', ...lines.map(line => `  ${line}`)].join('\n');
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1).padStart(6)} s`;
