import { paths, siteFile } from '../../base/paths.ts';
import { readIniLines } from '../../site/ini-lines.ts';
import type { Position } from '../../site/problem.ts';
import type { SiteTexts } from './load-site.ts';

/** A section of a site file, or a key of one. */
interface Place {
  readonly section: string;
  readonly key?: string;
}

/** Where the place is written, in the site's own file first; the begin of that where it is nowhere. */
export const whereIn = (texts: SiteTexts, name: string, place: Place | undefined): Position => {
  const files = [
    { file: siteFile(name), text: texts.site },
    { file: paths.defaults, text: texts.defaults ?? '' },
  ];
  const lines = files.flatMap(({ file, text }) => readIniLines(file, text).entries.map(entry => ({ ...entry, file })));
  const found = lines.find(
    ({ section, key }) => section === place?.section && (place?.key === undefined || place.key === key),
  );
  return { file: found?.file ?? siteFile(name), line: found?.line ?? 1 };
};
