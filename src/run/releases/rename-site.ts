import { basename } from 'node:path';
import { PhpZdError } from '../../base/errors.ts';
import { siteFile, sitePaths } from '../../base/paths.ts';
import { siteNameProblem } from '../../site/name.ts';
import { requireSiteFile } from '../site/known-site.ts';
import { SiteProblems } from '../site/load-site.ts';
import type { Ports } from '../site/ports.ts';
import { planRemoval, type Removal, removeSite, requireRoot } from './remove-site.ts';
import { existing } from './site-remains.ts';

/** What outlives a boot and is worth to be kept under another name. */
const DATA = ['sessions', 'home', 'history.jsonl', 'maintenance'] as const;

/**
 * Gives a stopped site another name, with its file, sessions, home and history; whatever else php-zd made of it is removed, so that it
 * starts on what its link names. Rejects as `planRemoval`, with `site-exists` when the new name is taken, and with `site-invalid` when it
 * is none.
 */
export const renameSite = async (ports: Ports, from: string, to: string): Promise<Removal> => {
  const problem = siteNameProblem(to);
  if (problem !== undefined) {
    throw new SiteProblems(to, [{ file: siteFile(to), line: 1, message: `'${to}' ${problem}` }]);
  }
  await requireSiteFile(ports, from);
  const [old, fresh] = [sitePaths(from), sitePaths(to)];
  for (const path of [siteFile(to), fresh.state]) {
    if (await ports.files.exists(path)) throw new PhpZdError('site-exists', { site: to, file: path });
  }
  await planRemoval(ports, from);
  requireRoot(ports, siteFile(from));
  await ports.files.makeDirectory(fresh.state);
  for (const path of await existing(
    ports,
    DATA.map(name => `${old.state}/${name}`),
  )) {
    await ports.commands.run('mv', ['--no-target-directory', '--', path, `${fresh.state}/${basename(path)}`]);
  }
  await ports.commands.run('mv', ['--', siteFile(from), siteFile(to)]);
  return await removeSite(ports, from);
};
