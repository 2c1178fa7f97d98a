import { basename } from 'node:path';
import { isError, PhpZdError } from '../../base/errors.ts';
import { siteFile, sitePaths } from '../../base/paths.ts';
import { MOST_STATE_BYTES } from '../../base/state-format.ts';
import { siteNameProblem } from '../../site/name.ts';
import { isAtOrBelow } from '../../site/paths.ts';
import { requireSiteFile } from '../site/known-site.ts';
import { SiteProblems } from '../site/load-site.ts';
import { mountPoints } from '../site/mount-points.ts';
import type { Ports } from '../site/ports.ts';
import { planRemoval, type Removal, removeSite, requireRoot, requireStopped } from './remove-site.ts';
import { existing } from './site-remains.ts';

/** What outlives a boot and is worth to be kept under another name. */
const DATA = ['sessions', 'home', 'history.jsonl', 'maintenance'] as const;

/**
 * Gives a stopped site another name, with its file, sessions, home and history; whatever else php-zd made of it is removed, so that it
 * starts on what its link names. One that was broken off goes on where it stopped. Rejects as `planRemoval`, with `site-invalid` when the
 * new name is none, and with `name-taken` or `rename-mounted` before anything is touched; after that with `rename-broken-off`.
 */
export const renameSite = async (ports: Ports, from: string, to: string): Promise<Removal> => {
  const problem = siteNameProblem(to);
  if (problem !== undefined) {
    throw new SiteProblems(to, [{ file: siteFile(to), line: 1, message: `'${to}' ${problem}` }]);
  }
  if ((await readNewName(ports, from)) !== to) await requireRenamable(ports, from, to);
  await requireStopped(ports, to);
  await planRemoval(ports, from);
  await requireUnmounted(ports, from, to);
  requireRoot(ports, siteFile(from));
  const [old, fresh] = [sitePaths(from), sitePaths(to)];
  if (await ports.files.exists(old.state)) await ports.files.write(old.newName, to);
  try {
    // The file first: from then on neither a boot nor anybody else starts the site under its former name, without what has gone over.
    await move(ports, [siteFile(from)], () => siteFile(to));
    await ports.commands.run('mkdir', ['--parents', '--mode=0755', '--', fresh.state]);
    await move(ports, [...DATA.map(name => `${old.state}/${name}`)], path => `${fresh.state}/${basename(path)}`);
  } catch (error) {
    if (!isError(error, 'command-failed')) throw error;
    throw new PhpZdError('rename-broken-off', { site: from, name: to, output: error.facts.output }, error);
  }
  return await removeSite(ports, from);
};

/** The name that a rename of the site was to give it, where that has moved the site's file and did not come to its end. */
export const readNewName = async (ports: Ports, from: string): Promise<string | undefined> => {
  const name = await ports.files.readOwn(sitePaths(from).newName, MOST_STATE_BYTES);
  if (name === undefined || siteNameProblem(name) !== undefined) return undefined;
  const isMoved = !(await ports.files.exists(siteFile(from))) && (await ports.files.exists(siteFile(name)));
  return isMoved ? name : undefined;
};

const requireRenamable = async (ports: Ports, from: string, to: string): Promise<void> => {
  await requireSiteFile(ports, from);
  for (const path of [siteFile(to), sitePaths(to).state]) {
    if (await ports.files.exists(path)) throw new PhpZdError('name-taken', { site: to, path });
  }
};

const requireUnmounted = async (ports: Ports, site: string, name: string): Promise<void> => {
  const path = (await mountPoints(ports)).find(point => isAtOrBelow(point, sitePaths(site).state));
  if (path !== undefined) throw new PhpZdError('rename-mounted', { site, name, path });
};

const move = async (ports: Ports, paths: readonly string[], to: (path: string) => string): Promise<void> => {
  for (const path of await existing(ports, paths)) {
    await ports.commands.run('mv', ['--no-target-directory', '--', path, to(path)]);
  }
};
