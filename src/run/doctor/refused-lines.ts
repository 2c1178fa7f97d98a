import * as v from 'valibot';
import { isError } from '../../base/errors.ts';
import { parseJson } from '../../base/parse-json.ts';
import { replicaUnit } from '../../base/paths.ts';
import type { Ports } from '../site/ports.ts';

/**
 * The last so many lines: whoever is refused something is so again and again. journalctl leaves out a message of more than 4096 bytes, and
 * writes a byte of others as six at most, so all of these together are within what a program may say, whatever a site writes.
 */
const LINES = 300;
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
  ...['Unable to connect to', 'Address family'],
].join('|');

const entry = v.object({ MESSAGE: v.string(), _SYSTEMD_UNIT: v.string(), __REALTIME_TIMESTAMP: v.string() });

export interface SaidLine {
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** What running replicas have said that may tell of a refusal, by their units: asked of one process, however many sites there are. */
export const readRefusedLines = async (ports: Ports): Promise<ReadonlyMap<string, readonly SaidLine[]>> => {
  const units = await ports.systemd.glance([replicaUnit('*', '*')]);
  const running = units.filter(({ activeState }) => activeState === 'active').map(({ unit }) => unit);
  const said = new Map<string, SaidLine[]>();
  if (running.length === 0) return said;
  for (const line of (await readJournal(ports, running)).split('\n')) {
    const found = parseJson(entry, line);
    if (found === undefined) continue;
    const ofUnit = said.get(found._SYSTEMD_UNIT) ?? [];
    ofUnit.push({ text: found.MESSAGE, at: Number(found.__REALTIME_TIMESTAMP) / 1000 });
    said.set(found._SYSTEMD_UNIT, ofUnit);
  }
  return said;
};

const readJournal = async ({ commands }: Ports, units: readonly string[]): Promise<string> => {
  const wanted = ['--output=json', '--output-fields=MESSAGE,_SYSTEMD_UNIT', `--since=${SINCE}`, `--lines=${LINES}`];
  const args = ['--quiet', ...wanted, `--grep=${MAY_TELL}`, ...units.map(unit => `_SYSTEMD_UNIT=${unit}`)];
  try {
    return await commands.run('journalctl', args);
  } catch (error) {
    // As grep(1) does where there is no such line.
    if (isError(error, 'command-failed') && error.facts.status === '1' && error.facts.output === '') return '';
    throw error;
  }
};
