import { type Reading, read, readPreset, refuse, type Source } from './read.ts';
import { schema } from './schema.ts';
import type { Http, WebServer, WebServerKind } from './site.ts';

/** Where the distribution's packages put each web server. */
const PROGRAMS: Readonly<Record<WebServerKind, { readonly program: string; readonly package: string }>> = {
  nginx: { program: '/usr/sbin/nginx', package: 'nginx-light' },
  apache: { program: '/usr/sbin/apache2', package: 'apache2' },
  caddy: { program: '/usr/bin/caddy', package: 'caddy' },
};

const { server, include } = schema.web.keys;

/** The keys of [web] about a web server of each replica's own. Undefined: there is none. */
export const readWebServer = (source: Source, http: Reading<Http>): WebServer | undefined | 'broken' => {
  const given = readPreset(source, server);
  const included = read(source, include);
  if (given === 'broken' || included === 'broken') return 'broken';
  if (given.value === 'none') {
    // What defaults.ini says is for other sites.
    if (included === 'absent' || included.at.file !== source.file) return undefined;
    return refuse(
      source,
      included.at,
      "'include' is for a web server of the replicas' own, and there is none: write server = nginx, apache or caddy, or take the line out",
    );
  }
  const { program, package: debian } = PROGRAMS[given.value];
  if (http === 'absent') {
    const example = `/run/${source.name}-http.sock`;
    const why = `'server' answers what comes in over HTTP, and nothing does: write http = ${example} in [listen]`;
    return refuse(source, given.at, why);
  }
  if (!source.host.isExecutable(program)) {
    const why = `and this host has no ${program}: apt-get install ${debian}, or write server = none`;
    return refuse(source, given.at, `'server' is ${given.value}, ${why}`);
  }
  return { kind: given.value, include: included === 'absent' ? undefined : included.value, directives: '' };
};
