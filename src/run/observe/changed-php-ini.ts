import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { valueUnless } from '../../base/errors.ts';
import { replicaUnit } from '../../base/paths.ts';
import type { Site } from '../../site/site.ts';
import { unlessFull } from '../record/unless-full.ts';
import { iniRights } from '../site/closed-php.ts';
import type { Hosted } from '../site/site-run.ts';

type Served = Pick<Site, 'php'>;

/** A hash. */
const MOST_BYTES = 1024;

/**
 * The host's php.ini and the files beside it, those of them that were changed since a replica that serves was started; a directory where
 * one was removed. None where they say what they said when the site was last known to run on them: a replica that crashes would come back
 * with other settings than the others (facts.md N142).
 */
export const changedPhpIni = async (hosted: Hosted, site: Served): Promise<readonly string[]> => {
  const known = await knownPhpIni(hosted);
  return known === undefined || known === hashOf(hosted, site) ? [] : await youngerThanReplicas(hosted, site);
};

/** Keeps what these files say, once all replicas that serve have read that. */
export const notePhpIni = async (hosted: Hosted, site: Served): Promise<void> => {
  const now = hashOf(hosted, site);
  if ((await knownPhpIni(hosted)) === now || (await youngerThanReplicas(hosted, site)).length > 0) return;
  await unlessFull(hosted.ports.files.write(hosted.paths.servedPhpIni, now, { mode: 0o644 }));
};

const knownPhpIni = async ({ ports, paths }: Hosted): Promise<string | undefined> =>
  await ports.files.read(paths.servedPhpIni, MOST_BYTES);

const hashOf = ({ ports }: Hosted, site: Served): string =>
  `${createHash('sha256')
    .update(JSON.stringify([ports.host.phpIniFiles(site.php), iniRights({ ports, site })]))
    .digest('hex')}\n`;

const youngerThanReplicas = async (
  { ports, paths, site: { name } }: Hosted,
  { php }: Served,
): Promise<readonly string[]> => {
  const slots = (await ports.files.list(paths.gates)).filter(gate => /^\d{1,3}$/.test(gate));
  const starts = await Promise.all(
    slots.map(async slot => await valueUnless(() => ports.systemd.unit(replicaUnit(name, slot)), 'unit-unknown')),
  );
  const since = Math.min(...starts.map(start => start?.activeSince ?? Number.POSITIVE_INFINITY));
  const files = ports.host.phpIniFiles(php).map(({ file }) => file);
  const directories = [...new Set(files.map(dirname))];
  if (files.length === 0) return [];
  // What is in conf.d are links, and what they lead to is what is edited. One that is removed at this instant is told by the next look.
  const stat = ['--dereference', '--format=%.3Z', '--', ...files, ...directories];
  const said = await valueUnless(() => ports.commands.run('stat', stat), 'command-failed');
  if (said === undefined) return [];
  const changes = said.trim().split('\n').map(Number);
  const isYounger = (at: number) => (changes[at] ?? 0) * 1000 > since;
  const younger = files.filter((_, at) => isYounger(at));
  return younger.length > 0 ? younger : directories.filter((_, at) => isYounger(files.length + at));
};
