import { type Given, type Reading, readEntries, readPreset, refuse, type Source, valuesIn, warn } from './read.ts';
import { readHome } from './read-writable.ts';
import { schema } from './schema.ts';
import type { Site, SiteUrl } from './site.ts';

/** What is a process's own: its umask, its home, and how php-zd's requests to it look. */
export interface Own {
  readonly umask: Given<number> | 'broken';
  readonly home: Reading<string>;
  readonly url: Given<SiteUrl> | 'broken';
}

const { umask, url, param } = schema.site.keys;

export const readOwn = (source: Source): Own => ({
  umask: readPreset(source, umask),
  home: readHome(source),
  url: readPreset(source, url),
});

/** Warns of files that the web server, whose group [listen] names, could not read. */
export const warnOfUmask = (
  source: Source,
  { value, at }: Given<number>,
  { group, listen }: Pick<Site, 'group' | 'listen'>,
): void => {
  const isReadable = (value & 0o004) === 0 || (group === listen.group && (value & 0o040) === 0);
  if (isReadable) return;
  warn(
    source,
    at,
    `'umask' keeps what PHP uploads from the web server, which answers 403: write umask = 0022, or group = ${listen.group} in [site]`,
  );
};

export const readParams = (source: Source): ReadonlyMap<string, string> => {
  const entries = readEntries(source, param);
  for (const [name, { at }] of entries) {
    if (!ofSnippet.has(name)) continue;
    refuse(source, at, `'param[${name}]' is a path of each request's own, which php-zd and the web server set`);
  }
  return valuesIn(entries);
};

/** What leads to the script. */
const ofSnippet: ReadonlySet<string> = new Set(['SCRIPT_FILENAME', 'DOCUMENT_ROOT', 'SCRIPT_NAME', 'PATH_INFO']);
