import { read, readPreset, refuse, type Source } from './read.ts';
import { isOwnLine } from './read-http.ts';
import { schema } from './schema.ts';
import type { Sticky } from './site.ts';

const { sticky, sticky_grace: stickyGrace } = schema.web.keys;

/**
 * Whether visitors stay with a release. It takes a way in that sees their cookies; what defaults.ini says is for the sites that
 * have one.
 */
export const readSticky = (source: Source): Sticky | undefined | 'broken' => {
  const wanted = readPreset(source, sticky);
  const grace = readPreset(source, stickyGrace);
  if (wanted === 'broken' || grace === 'broken') return 'broken';
  const why = wanted.value === 'release' ? findConflict(source) : undefined;
  if (why !== undefined && isOwnLine(source, wanted)) return refuse(source, wanted.at, `'sticky' ${why}`);
  if (wanted.value === 'release' && why === undefined) return { graceMs: grace.value };
  if (wanted.value === 'release' || !isOwnLine(source, read(source, stickyGrace))) return undefined;
  return refuse(
    source,
    grace.at,
    "'sticky_grace' is the end of a stay with a release, and nobody stays: write sticky = release, or take the line out",
  );
};

const findConflict = (source: Source): string | undefined => {
  const server = readPreset(source, schema.web.keys.server);
  if (server !== 'broken' && server.value !== 'none') {
    return "keeps visitors with a release for its files' sake, and replicas with a web server find those of the other one: take the line out";
  }
  if (read(source, schema.listen.keys.http) !== 'absent') return undefined;
  return 'goes by a cookie, which only http sees: write http in [listen], or take the line out';
};
