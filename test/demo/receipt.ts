import { isLost, type Kind, type LoadReport } from '../load/report.ts';

export interface Roll {
  /** The release that the roll went to. */
  readonly to: string;
  /** The exit status of `php-zd reload`. */
  readonly status: number | undefined;
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface Demo {
  readonly report: LoadReport;
  readonly rolls: readonly Roll[];
  /** The requests whose work after their answer came to its end. */
  readonly finished: ReadonlySet<string>;
}

const KINDS: readonly (readonly [Kind, string])[] = [
  ['fast', 'fast requests'],
  ['post', 'POSTs'],
  ['slow', 'requests of 5 s'],
  ['after', 'with work after the answer'],
];

/** What went wrong in a demo, in words. */
export const findFaults = ({ report, rolls, finished }: Demo): readonly string[] => {
  const unfinished = report.afterIds.filter(id => !finished.has(id)).length;
  return [
    ...report.losses,
    ...rolls.filter(({ status }) => status !== 0).map(({ to, status }) => `the roll to ${to} ended with ${status}`),
    ...(unfinished > 0 ? [`${unfinished} requests did not finish the work after their answer`] : []),
    ...rolls.flatMap(orderFaults(report)),
  ];
};

/** Requests that began after a roll was over are answered by its release, until the next one begins. */
const orderFaults =
  ({ samples }: LoadReport) =>
  ({ to, endedAt }: Roll, index: number, rolls: readonly Roll[]) => {
    const until = rolls[index + 1]?.startedAt ?? Number.POSITIVE_INFINITY;
    const between = samples.filter(({ startedAt, endedAt: at }) => startedAt > endedAt && at < until);
    if (between.length === 0) return [`nobody asked after the roll to ${to}`];
    const wrong = between.filter(sample => !isLost(sample) && sample.release !== to).length;
    return wrong > 0 ? [`${wrong} requests that began after the roll to ${to} were answered by another release`] : [];
  };

export const renderDemo = ({ report, rolls }: Demo): string => {
  const rows = KINDS.map(([kind, words]) => {
    const { requests, lost, slowestMs } = report.byKind[kind];
    return [words, String(requests), String(lost), `${slowestMs} ms`];
  });
  const lines = [['', 'requests', 'lost', 'slowest'], ...rows];
  return [
    'What the clients saw:',
    ...lines.map(([first = '', ...rest]) => `${first.padEnd(26)}${rest.map(cell => cell.padStart(10)).join('')}`),
    '',
    ...rolls.map(roll => rollWords(report, roll)),
  ].join('\n');
};

/** `php-zd reload` takes longer than the roll: what comes before and after it is in its time, and not in php-zd's count. */
const rollWords = ({ samples }: LoadReport, { to, startedAt, endedAt }: Roll): string => {
  const ended = samples.filter(sample => sample.endedAt >= startedAt && sample.endedAt <= endedAt);
  const lost = ended.filter(isLost).length;
  const seconds = ((endedAt - startedAt) / 1000).toFixed(1);
  return `during the reload to release ${to}, ${seconds} s: ${ended.length} requests ended, ${lost} lost`;
};
