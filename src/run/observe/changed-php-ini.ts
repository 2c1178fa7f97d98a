import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { valueUnless } from '../../base/errors.ts';
import { replicaUnit } from '../../base/paths.ts';
import type { Site } from '../../site/site.ts';
import { unlessFull } from '../record/unless-full.ts';
import { iniRights } from '../site/closed-php.ts';
import type { Hosted } from '../site/site-run.ts';

type Served = Pick<Site, 'php'>;

/** A hash and two times. */
const MOST_BYTES = 1024;

/**
 * The host's php.ini and the files beside it, those of them that were changed since a replica that serves was started; a directory where
 * one was removed. None where they say what they said when the site was last known to run on them: a replica that crashes would come back
 * with other settings than the others (facts.md N142). One that came back meanwhile may have read what came and went (facts.md N124).
 */
export const changedPhpIni = async (hosted: Hosted, site: Served): Promise<readonly string[]> => {
  const known = await knownPhpIni(hosted);
  if (known === undefined) return [];
  const changes = changesOf(hosted, site);
  if (known.hash !== hashOf(hosted, site)) return youngerThan(Math.min(...(await startsOf(hosted))), changes);
  const newest = newestOf(changes);
  if (newest <= known.changedAt) return [];
  const isUnsure = (start: number) => start > known.notedAt && start <= newest;
  return (await startsOf(hosted)).some(isUnsure) ? youngerThan(known.changedAt, changes) : [];
};

/** Keeps what these files say, once all replicas that serve have read that. */
export const notePhpIni = async (hosted: Hosted, site: Served): Promise<void> => {
  const { ports, paths } = hosted;
  const known = await knownPhpIni(hosted);
  const hash = hashOf(hosted, site);
  const changes = changesOf(hosted, site);
  const newest = newestOf(changes);
  if (known?.hash === hash && known.changedAt === newest) return;
  if (youngerThan(Math.min(...(await startsOf(hosted))), changes).length > 0) return;
  const text = `${hash} ${newest} ${ports.clock.now()}\n`;
  await unlessFull(ports.files.write(paths.servedPhpIni, text, { mode: 0o644 }));
};

interface Known {
  readonly hash: string;
  /** When the youngest of the files and directories was changed. */
  readonly changedAt: number;
  /** When all replicas that served had read that. */
  readonly notedAt: number;
}

/** An older php-zd kept the hash alone. */
const knownPhpIni = async ({ ports, paths }: Hosted): Promise<Known | undefined> => {
  const text = await ports.files.read(paths.servedPhpIni, MOST_BYTES);
  const [hash, ...times] = text?.trim().split(' ') ?? [];
  if (hash === undefined) return undefined;
  const [changedAt = Number.NaN, notedAt = Number.NaN] = times.map(Number);
  const isWhole = Number.isFinite(changedAt) && Number.isFinite(notedAt);
  return { hash, changedAt: isWhole ? changedAt : Number.POSITIVE_INFINITY, notedAt };
};

const hashOf = ({ ports }: Hosted, site: Served): string =>
  createHash('sha256')
    .update(JSON.stringify([ports.host.phpIniFiles(site.php), iniRights({ ports, site })]))
    .digest('hex');

interface Change {
  readonly path: string;
  readonly isDirectory: boolean;
  readonly at: number;
}

/** What is in conf.d are links, and what they lead to is what is edited. */
const changesOf = ({ ports: { host } }: Hosted, { php }: Served): readonly Change[] => {
  const files = host.phpIniFiles(php).map(({ file }) => file);
  const change = (path: string, isDirectory: boolean): Change => ({ path, isDirectory, at: host.changedAt(path) ?? 0 });
  return [
    ...files.map(path => change(path, false)),
    ...[...new Set(files.map(dirname))].map(path => change(path, true)),
  ];
};

const newestOf = (changes: readonly Change[]): number => Math.max(0, ...changes.map(({ at }) => at));

const youngerThan = (since: number, changes: readonly Change[]): readonly string[] => {
  const younger = changes.filter(({ at }) => at > since);
  const files = younger.filter(({ isDirectory }) => !isDirectory);
  return (files.length > 0 ? files : younger).map(({ path }) => path);
};

/** When each replica that serves was started. */
const startsOf = async ({ ports, paths, site: { name } }: Hosted): Promise<readonly number[]> => {
  const slots = (await ports.files.list(paths.gates)).filter(gate => /^\d{1,3}$/.test(gate));
  const units = await Promise.all(
    slots.map(async slot => await valueUnless(() => ports.systemd.unit(replicaUnit(name, slot)), 'unit-unknown')),
  );
  return units.map(unit => unit?.activeSince ?? Number.POSITIVE_INFINITY);
};
