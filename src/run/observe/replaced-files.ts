import { PhpZdError, valueUnless } from '../../base/errors.ts';
import { balancerUnit, httpUnit, replicaUnit, webUnit } from '../../base/paths.ts';
import type { Ports } from '../site/ports.ts';
import type { Hosted } from '../site/site-run.ts';

/** The maps of a PHP-FPM with a hundred extensions. */
const MOST_BYTES = 1024 * 1024;

/**
 * The program and the libraries, PHP's extensions among them, that a process runs and that were replaced since: an upgrade puts new
 * files in their place, and Debian starts only its own php-fpm anew. None for who may not know.
 */
export const replacedFiles = async (ports: Pick<Ports, 'files'>, pid: number): Promise<readonly string[]> => {
  const found = linesEndingIn(DELETED, await readMaps(ports, pid)).flatMap(
    line => /^[^/]{1,99}(\/usr\/[^ ]{1,4096}) \(deleted\)$/.exec(line)?.[1] ?? [],
  );
  return [...new Set(found)].sort();
};

/** The files that the process has in its memory, as proc(5) has them, a line each; none for who may not know. */
export const readMaps = async ({ files }: Pick<Ports, 'files'>, pid: number): Promise<string> =>
  pid === 0 ? '' : ((await ifKnown(files.read(`/proc/${pid}/maps`, MOST_BYTES))) ?? '');

/** Undefined for who may not know. */
const ifKnown = (asked: Promise<string | undefined>): Promise<string | undefined> =>
  valueUnless(() => asked, 'file-system');

const DELETED = ' (deleted)';

/** A unit that runs what an upgrade has replaced. */
export interface Outdated {
  readonly unit: string;
  /** What was replaced. */
  readonly files: readonly string[];
}

/** What was replaced of all of them, each file once. */
export const filesOf = (outdated: readonly Outdated[]): readonly string[] =>
  [...new Set(outdated.flatMap(({ files }) => files))].sort();

/** Those of the units that run what was replaced since. Rejects with `file-system` for who may not know, which is no answer. */
const outdatedUnits = async (
  ports: Pick<Ports, 'files' | 'isRoot' | 'systemd'>,
  patterns: readonly string[],
): Promise<readonly Outdated[]> => {
  const units = await ports.systemd.glance(patterns);
  const [running] = units.filter(({ mainPid }) => mainPid !== 0);
  if (running !== undefined && !ports.isRoot) {
    throw new PhpZdError('file-system', { path: `/proc/${running.mainPid}/maps`, errno: 'EACCES' });
  }
  const all = units.map(async ({ unit, mainPid }) => ({ unit, files: await replacedFiles(ports, mainPid) }));
  return (await Promise.all(all)).filter(({ files }) => files.length > 0);
};

/** The site's replicas that do, and the web servers of their own. */
export const outdatedReplicas = async ({ ports, site: { name } }: Hosted): Promise<readonly Outdated[]> =>
  await outdatedUnits(ports, [replicaUnit(name, '*'), webUnit(name, '*')]);

/** php-zd's HAProxies that do: the balancer, and those of sites over HTTP. A reload of each starts the new program. */
export const outdatedHaproxies = async (
  ports: Pick<Ports, 'files' | 'isRoot' | 'systemd'>,
): Promise<readonly Outdated[]> => await outdatedUnits(ports, [balancerUnit, httpUnit('*')]);

/** Of hundreds of lines these are a few. */
const linesEndingIn = (end: string, text: string): readonly string[] => {
  const lines: string[] = [];
  for (let at = text.indexOf(`${end}\n`); at >= 0; at = text.indexOf(`${end}\n`, at + 1)) {
    lines.push(text.slice(text.lastIndexOf('\n', at) + 1, at + end.length));
  }
  return lines;
};

/** The program alone, where it was replaced or removed, by one question of the kernel's that takes it a hundredth of the time for all files (facts.md N90). */
export const replacedProgram = async ({ files }: Pick<Ports, 'files'>, pid: number): Promise<string | undefined> => {
  const program = pid === 0 ? undefined : await ifKnown(files.readLink(`/proc/${pid}/exe`));
  return program?.endsWith(DELETED) ? program.slice(0, -DELETED.length) : undefined;
};
