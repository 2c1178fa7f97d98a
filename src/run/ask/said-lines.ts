import * as v from 'valibot';
import { isError, PhpZdError } from '../../base/errors.ts';
import { parseJson } from '../../base/parse-json.ts';
import type { Ports } from '../site/ports.ts';

/**
 * So many lines are asked for at once. journalctl leaves out a message of more than 4096 bytes, and writes a byte of others as six at most,
 * so all of these together are within what a program may say, whatever a site writes.
 */
export const MOST_LINES = 300;
/** Of a unit the last so many at least, where it has them: what is looked for is said again and again. */
const LINES_EACH = 20;
/** How often is asked at most: as a rule once, and once more where units say so much that others may have found no place. */
const MOST_ASKED = 12;

const entry = v.object({ MESSAGE: v.string(), _SYSTEMD_UNIT: v.string(), __REALTIME_TIMESTAMP: v.string() });

export interface SaidLine {
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface Sought {
  readonly units: readonly string[];
  /** What a line has: of a chatty application's lines these are a few. */
  readonly pattern: string;
  /** As journalctl(1) has it. */
  readonly since: string;
  /** What else an entry is to have. */
  readonly matches?: readonly string[];
  readonly deadlineMs?: number;
}

/**
 * What units have said of what is looked for, by the units: asked of one process, however many they are, as long as all of it together is
 * little. Where it is not, those that said enough are left out, and the others are asked for again, so that who says much keeps nobody else
 * from being heard. Each time somebody is left out: the lines are more than all units have a right to. Rejects with `command-failed`.
 */
export const readSaidLines = async (
  ports: Ports,
  sought: Sought,
): Promise<ReadonlyMap<string, readonly SaidLine[]>> => {
  let unheard = sought.units;
  const said = new Map<string, readonly SaidLine[]>();
  for (let asked = 0; unheard.length > 0 && asked < MOST_ASKED; asked += 1) {
    const text = await readJournal(ports, { ...sought, units: unheard });
    const lines = text.split('\n').flatMap(line => parseJson(entry, line) ?? []);
    for (const unit of unheard) said.set(unit, linesOf(unit, lines));
    if (lines.length < MOST_LINES) break;
    const enough = Math.min(LINES_EACH, Math.ceil(MOST_LINES / unheard.length));
    unheard = unheard.filter(unit => (said.get(unit)?.length ?? 0) < enough);
  }
  return said;
};

const linesOf = (unit: string, lines: readonly v.InferOutput<typeof entry>[]): readonly SaidLine[] =>
  lines
    .filter(line => line._SYSTEMD_UNIT === unit)
    .map(line => ({ text: line.MESSAGE, at: Number(line.__REALTIME_TIMESTAMP) / 1000 }));

const readJournal = async ({ commands }: Ports, sought: Sought): Promise<string> => {
  const { units, pattern, since, matches = [], deadlineMs } = sought;
  const wanted = [
    '--output=json',
    '--output-fields=MESSAGE,_SYSTEMD_UNIT',
    `--since=${since}`,
    `--lines=${MOST_LINES}`,
  ];
  const args = ['--quiet', ...wanted, `--grep=${pattern}`, ...matches, ...units.map(unit => `_SYSTEMD_UNIT=${unit}`)];
  try {
    return await commands.run('journalctl', args, {}, deadlineMs);
  } catch (error) {
    // As grep(1) does where there is no such line.
    if (!isError(error, 'command-failed')) throw error;
    if (error.facts.status === '1' && error.facts.output === '') return '';
    // Not with the lines that it was asked for, which may be taken for what it says.
    throw new PhpZdError('command-failed', { ...error.facts, command: 'journalctl' }, error);
  }
};
