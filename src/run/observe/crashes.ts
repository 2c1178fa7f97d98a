import { valueUnless } from '../../base/errors.ts';
import { MOST_LINES, readSaidLines, type SaidLine } from '../ask/said-lines.ts';
import type { Ports } from '../site/ports.ts';

/** Children of PHP-FPM that a signal ended, of the replicas that run. */
export interface Crashes {
  readonly count: number;
  /** There may have been more. */
  readonly isMore: boolean;
  /** The names of the signals, each once. */
  readonly signals: readonly string[];
  /** Where the last one was said. */
  readonly unit: string;
  /** Milliseconds since 1970. */
  readonly lastAt: number;
}

/** So long is told of one, and no longer. */
const SINCE = '-15min';

/**
 * What FPM says of a child that crashed or was killed, as the kernel does where memory runs out, in its own line. It ends children by SIGTERM
 * and SIGQUIT itself.
 */
export const ENDED = String.raw`^\[[^\]]{1,40}\] WARNING: \[pool [^\]]{1,64}\] child \d{1,10} exited on signal \d{1,3} \((SIG(?:SEGV|BUS|ILL|ABRT|FPE|TRAP|SYS|KILL|XCPU|XFSZ))\b`;

/** Who asks waits for no journal that takes longer. */
const DEADLINE_MS = 5_000;

/** By the names of sites, of which one process is asked; none where the journal may not be read, or does not answer. */
export const findCrashes = async (
  ports: Ports,
  sites: ReadonlyMap<string, readonly string[]>,
): Promise<ReadonlyMap<string, Crashes>> => {
  const units = [...sites.values()].flat();
  if (units.length === 0) return new Map();
  // What a script says by syslog comes another way (systemd.journal-fields(7)).
  const sought = { units, pattern: ENDED, since: SINCE, matches: ['_TRANSPORT=stdout'], deadlineMs: DEADLINE_MS };
  const said = await valueUnless(() => readSaidLines(ports, sought), 'command-failed');
  if (said === undefined) return new Map();
  const isMore = [...said.values()].reduce((sum, lines) => sum + lines.length, 0) >= MOST_LINES;
  const found = new Map<string, Crashes>();
  for (const [site, own] of sites) {
    const ended = (await Promise.all(own.map(unit => endedIn(ports, unit, said.get(unit) ?? [])))).flat();
    const last = ended.sort((a, b) => a.at - b.at).at(-1);
    if (last === undefined) continue;
    const signals = [...new Set(ended.map(({ signal }) => signal))];
    found.set(site, { count: ended.length, isMore, signals, unit: last.unit, lastAt: last.at });
  }
  return found;
};

interface Ended {
  readonly unit: string;
  readonly signal: string;
  readonly at: number;
}

/** Those of a process that ran before this one in the unit are over. */
const endedIn = async ({ systemd }: Ports, unit: string, lines: readonly SaidLine[]): Promise<readonly Ended[]> => {
  if (lines.length === 0) return [];
  const { activeSince = Number.POSITIVE_INFINITY } = await systemd.usage(unit);
  return lines.flatMap(({ text, at }) => {
    const signal = new RegExp(ENDED).exec(text)?.[1];
    return signal === undefined || at < activeSince ? [] : [{ unit, signal, at }];
  });
};
