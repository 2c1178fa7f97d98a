import { isError, PhpZdError } from '../../base/errors.ts';
import { type SitePaths, testUnit } from '../../base/paths.ts';
import { printable } from '../../base/printable.ts';
import { START_TIMEOUT_S } from '../../render/replica-unit.ts';
import { literally, lookFor, patienceMs, systemdRunArguments } from '../../render/transient.ts';
import { renderWebOwn, webCommand } from '../../render/web/web-server.ts';
import { webConfigProperties } from '../../render/web/web-unit.ts';
import type { Problem } from '../../site/problem.ts';
import type { WebServer, WebServerKind } from '../../site/site.ts';
import { SiteProblems } from '../site/load-site.ts';
import type { HostedSite } from '../site/site-run.ts';
import { type View, type ViewRequest, withView } from './view.ts';

const DEADLINE = lookFor(START_TIMEOUT_S * 1000);

/**
 * Has the web server of the replicas' own, if the site has such, judge its configuration in a replica's view and sandbox. Rejects with
 * `site-invalid`, a `SiteProblems`, where what the operator includes is refused, else with `command-failed`, in the server's own words.
 * Gives what it warns of in there: it may go on without such a line.
 */
export const requireWebAccepts = async (
  hosted: HostedSite,
  request: Omit<ViewRequest, 'unit'>,
): Promise<readonly Problem[]> => {
  const { server } = hosted.site.web;
  if (server === undefined) return [];
  const unit = testUnit(hosted.site.name, request.id);
  return await withView(hosted, { ...request, unit, mayBeFirst: true }, view => test(hosted, { server, view, unit }));
};

interface Test {
  readonly server: WebServer;
  readonly view: View;
  readonly unit: string;
}

const test = async ({ site, paths, ports }: HostedSite, { server, view, unit }: Test): Promise<readonly Problem[]> => {
  const { config, enter, properties } = view;
  const own = `${config}/web-own.conf`;
  // A test listens: elsewhere than the replicas do.
  const places = { socket: `/tmp/${unit}.sock`, php: paths.ownPhpSocket(0) };
  await ports.files.write(own, renderWebOwn(site, server.kind, places), { mode: 0o644 });
  const command = webCommand(server, paths, 'test');
  const service = systemdRunArguments({
    unit,
    isForgotten: true,
    description: `Test of the configuration of the web servers of site ${site.name}`,
    deadline: DEADLINE,
    properties: [...properties, ...webConfigProperties(server, { paths, config, own })],
    command: [...enter, ...literally(['/usr/bin/dash', '-c', command])],
  });
  try {
    const said = await ports.commands.hear('systemd-run', ['--pipe', ...service], patienceMs(DEADLINE));
    return warningsIn(said, server, paths);
  } catch (error) {
    if (!isError(error, 'command-failed')) throw error;
    const problem = problemIn(error.facts.output, server, paths);
    if (problem !== undefined) throw new SiteProblems(site.name, [problem]);
    throw new PhpZdError('command-failed', { ...error.facts, command }, error);
  }
};

/** How each web server says that it refuses a line of a file. */
const refusals: Readonly<Record<WebServerKind, RegExp>> = {
  nginx: /\[emerg\] (?<found>.{1,500}) in (?<file>\S{1,4096}):(?<line>\d{1,9})$/gm,
  apache: /on line (?<line>\d{1,9}) of (?<file>\S{1,4096}):\s{1,2}(?=(?<found>.{1,500}))/g,
  caddy: /(?<file>\/\S{1,4096}):(?<line>\d{1,9}) - Error during parsing: (?=(?<found>.{1,500}))/g,
};

/** What the server finds wrong in what the operator includes, at its line in the operator's file. */
const problemIn = (output: string, server: WebServer, { webInclude }: SitePaths): Problem | undefined => {
  const { kind, include: file } = server;
  if (file === undefined) return undefined;
  const places = [...output.matchAll(refusals[kind])].map(({ groups }) => groups);
  // The innermost place stands last.
  const said = places.filter(place => place?.['file'] === webInclude).at(-1);
  const { line, found } = said ?? unknownDirective(output, server) ?? {};
  if (line === undefined) return undefined;
  return { file, line: Number(line), message: `${kind} refuses this line of 'include' in [web]: ${found}` };
};

/** How each says that it goes on without a line of a file (facts.md N117). Caddy warns of none. */
const warnings: Readonly<Record<WebServerKind, RegExp | undefined>> = {
  nginx: /\[warn\] (?:\d{1,9}#\d{1,9}: )?(?<found>.{1,500}) in (?<file>\S{1,4096}):(?<line>\d{1,9})$/gm,
  apache: /(?<found>AH\d{5}: .{1,500}) (?:at|in|on) line (?<line>\d{1,9}) of (?<file>\S{1,4096}?)[.:]?$/gm,
  caddy: undefined,
};

const MOST_WARNINGS = 20;

const warningsIn = (said: string, { kind, include }: WebServer, { webInclude }: SitePaths): readonly Problem[] => {
  const pattern = warnings[kind];
  if (include === undefined || pattern === undefined) return [];
  return [...said.matchAll(pattern)]
    .flatMap(({ groups }) => (groups?.['file'] === webInclude ? [groups] : []))
    .slice(0, MOST_WARNINGS)
    .map(({ line, found }) => ({
      file: include,
      line: Number(line),
      message: `${kind} warns of this line of 'include' in [web]: ${printable(found ?? '', MOST_SAID)}`,
    }));
};

const MOST_SAID = 300;

/** Caddy names the line of another directive where it does not know one. */
const unknownDirective = (output: string, { directives }: WebServer): Readonly<Record<string, string>> | undefined => {
  const [found, name] = /unrecognized directive: (\S{1,200})/.exec(output) ?? [];
  const at = directives.split('\n').findIndex(line => line.trimStart().split(' ', 1)[0] === name);
  return found === undefined || at === -1 ? undefined : { line: String(at + 1), found };
};
