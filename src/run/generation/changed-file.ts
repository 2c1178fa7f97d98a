import { paths as hostPaths, siteFile } from '../../base/paths.ts';
import type { Site } from '../../site/site.ts';
import { parseKept } from '../site/load-site.ts';
import type { Hosted } from '../site/site-run.ts';
import { jsonValue, loadPromoted } from './generation.ts';

/**
 * Whether the site file, or defaults.ini, says something else than what was promoted: a reload would bring that. Where they have the same
 * text nothing but that is looked at. A broken file brings nothing, and who may not read what was kept is told nothing.
 */
export const isFileAhead = async (hosted: Hosted, promoted: string): Promise<boolean> => {
  const { ports, paths, site } = hosted;
  const { files } = ports;
  if (!ports.isRoot) return false;
  const kept = paths.generation(promoted);
  const [now, then, defaults, formerDefaults] = await Promise.all(
    [siteFile(site.name), `${kept}/site.ini`, hostPaths.defaults, `${kept}/defaults.ini`].map(path => files.read(path)),
  );
  if (now === undefined || then === undefined || (now === then && defaults === formerDefaults)) return false;
  const former = await loadPromoted(hosted);
  if (former === undefined) return false;
  const { link } = former.site;
  // With every PHP of the host, as a roll reads them: the text of now may name another one.
  const of = { link, release: former.generation.release, php: undefined };
  const next = parseKept(ports, site.name, { texts: { ...former.texts, site: now, defaults }, ...of });
  return next !== undefined && saysOther(next.site, former.site);
};

/** Whether the site's files said one thing and another. */
export const saysOther = (a: Site, b: Site): boolean => said(a) !== said(b);

const said = (site: Site): string => JSON.stringify(site, jsonValue);
