import * as v from 'valibot';
import { isError, PhpZdError } from '../../base/errors.ts';
import { parseJson } from '../../base/parse-json.ts';
import { replicaUnit } from '../../base/paths.ts';
import type { Ports } from '../site/ports.ts';

/**
 * So many lines are asked for at once. journalctl leaves out a message of more than 4096 bytes, and writes a byte of others as six at most,
 * so all of these together are within what a program may say, whatever a site writes.
 */
const LINES = 300;
/** Of a replica the last so many at least, where it has them: whoever is refused something is so again and again. */
const LINES_EACH = 20;
/** How often is asked at most: as a rule once, and once more where replicas say so much that others may have found no place. */
const MOST_ASKED = 12;
const SINCE = '-1d';

/** What a line has that may tell of a refusal: of a chatty application's lines these are a few. */
const MAY_TELL = [
  ...['Read-only file system', 'php-zd: mail\\(\\) failed', 'postdrop: warning', 'Failed to move to new namespace'],
  ...[
    'No usable sandbox',
    'No permissions to creat',
    'unshare failed',
    'unix:///run/\\S+ \\(No such file or directory\\)',
  ],
  ...[
    'Unable to connect to',
    'Address family',
    'inotify.+Operation not permitted',
    'EPERM: operation not permitted, watch',
    'mkdir.+: Operation',
  ],
].join('|');

const entry = v.object({ MESSAGE: v.string(), _SYSTEMD_UNIT: v.string(), __REALTIME_TIMESTAMP: v.string() });

export interface SaidLine {
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * What running replicas have said that may tell of a refusal, by their units: asked of one process, however many sites there are, as long
 * as all of it together is little. Where it is not, those that said enough are left out, and the others are asked for again, so that who
 * says much keeps nobody else from being heard. Each time somebody is left out: the lines are more than all units have a right to.
 */
export const readRefusedLines = async (ports: Ports): Promise<ReadonlyMap<string, readonly SaidLine[]>> => {
  let unheard = await ports.systemd.units(replicaUnit('*', '*'));
  const said = new Map<string, readonly SaidLine[]>();
  for (let asked = 0; unheard.length > 0 && asked < MOST_ASKED; asked += 1) {
    const lines = (await readJournal(ports, unheard)).split('\n').flatMap(line => parseJson(entry, line) ?? []);
    for (const unit of unheard) said.set(unit, linesOf(unit, lines));
    if (lines.length < LINES) break;
    const enough = Math.min(LINES_EACH, Math.ceil(LINES / unheard.length));
    unheard = unheard.filter(unit => (said.get(unit)?.length ?? 0) < enough);
  }
  return said;
};

const linesOf = (unit: string, lines: readonly v.InferOutput<typeof entry>[]): readonly SaidLine[] =>
  lines
    .filter(line => line._SYSTEMD_UNIT === unit)
    .map(line => ({ text: line.MESSAGE, at: Number(line.__REALTIME_TIMESTAMP) / 1000 }));

const readJournal = async ({ commands }: Ports, units: readonly string[]): Promise<string> => {
  const wanted = ['--output=json', '--output-fields=MESSAGE,_SYSTEMD_UNIT', `--since=${SINCE}`, `--lines=${LINES}`];
  const args = ['--quiet', ...wanted, `--grep=${MAY_TELL}`, ...units.map(unit => `_SYSTEMD_UNIT=${unit}`)];
  try {
    return await commands.run('journalctl', args);
  } catch (error) {
    // As grep(1) does where there is no such line.
    if (!isError(error, 'command-failed')) throw error;
    if (error.facts.status === '1' && error.facts.output === '') return '';
    // Not with the lines that it was asked for, which may be taken for what it says.
    throw new PhpZdError('command-failed', { ...error.facts, command: 'journalctl' }, error);
  }
};
