import { replicaUnit } from '../../base/paths.ts';
import { readSaidLines, type SaidLine } from '../ask/said-lines.ts';
import type { Ports } from '../site/ports.ts';

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

/** What running replicas have said that may tell of a refusal, by their units. */
export const readRefusedLines = async (ports: Ports): Promise<ReadonlyMap<string, readonly SaidLine[]>> =>
  await readSaidLines(ports, {
    units: await ports.systemd.units(replicaUnit('*', '*')),
    pattern: MAY_TELL,
    since: SINCE,
  });
