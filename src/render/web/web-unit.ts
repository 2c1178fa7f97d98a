import { mountsUnits, replicaUnit, servicesUnit, siteUnit, sliceUnit } from '../../base/paths.ts';
import type { Site, WebServer } from '../../site/site.ts';
import { type RenderContext, renderHeader } from '../generated.ts';
import { bound, pathList } from '../paths-in-units.ts';
import { NOT_NOW_STATUS, REPLACED_STATUS, viewOfReplica } from '../replica-unit.ts';
import {
  enterView,
  homeOf,
  limitProperties,
  ownerProperties,
  type Property,
  propertyLines,
  sandboxProperties,
} from '../view.ts';
import { WEB_FILES } from './context.ts';
import { stopSignalOf, webCommand } from './web-server.ts';

/** After a drain nothing is left to do. A visitor who takes a file slowly and whose drain was not waited for has so long. */
const STOP_TIMEOUT_S = 15;

/**
 * The template unit of the replicas' own web servers. It starts after its replica and stops before that, as the site's user, and sees what
 * the replica sees: the same pin, the same release.
 */
export const renderWebUnit = (
  site: Site,
  server: WebServer,
  context: RenderContext,
): string => `${renderHeader(site, '#')}
[Unit]
Description=Web server of replica %i of site ${site.name}
Documentation=man:php-zd(8) man:php-zd.ini(5)
SourcePath=${site.file}
After=network.target ${replicaUnit(site.name, '%i')}
# Its replica asks for it: it ends with that, also where that has failed for good, and not in a crash, since a unit that systemd is about to
# start anew still needs it (facts.md N64). What waits in its socket has other replicas to go to.
StopWhenUnneeded=yes
RequiresMountsFor=${context.paths.replicas} ${context.paths.shm}
Wants=${servicesUnit(site.name)}
After=${servicesUnit(site.name)}
JoinsNamespaceOf=${siteUnit(site.name)}
AssertPathExists=${context.paths.pin('%i')}/web.conf
# Lays the release into the view below.
Wants=${mountsUnits}
After=${mountsUnits}
StartLimitIntervalSec=0

[Service]
Type=exec
${propertyLines(ownerProperties(site))}
Slice=${sliceUnit(site.name)}
Environment=HOME=${homeOf(site, context.paths)}
ExecStart=${startLine(site, server, context)}
# It sends what it has begun to send.
KillSignal=${stopSignalOf(server)}
KillMode=mixed
TimeoutStopSec=${STOP_TIMEOUT_S}s
Restart=always
RestartSec=100ms
RestartPreventExitStatus=${REPLACED_STATUS}
# One worker killed for memory must not end the others, nor what waits in the socket.
OOMPolicy=continue
LimitNOFILE=${WEB_FILES}

${propertyLines(viewOfWebServer(site, server, context))}

${propertyLines([...limitProperties(site), ...sandboxProperties])}
`;

const startLine = (site: Site, server: WebServer, { paths, formerMount, program }: RenderContext): string => {
  const statuses = { status: REPLACED_STATUS, notNow: NOT_NOW_STATUS };
  const enter = enterView(site, { program, paths, formerMount, environment: '-', ...statuses });
  return `${enter.join(' ')} /usr/bin/dash -c '${webCommand(server, paths, { slot: '%i', socket: paths.webSocket('%i') })}'`;
};

/**
 * What PHP sees, and besides: the configuration, and of the site's directory in /run the way to its PHP and the links to the releases whose
 * files visitors may still ask for.
 */
const viewOfWebServer = (site: Site, server: WebServer, { paths }: RenderContext): readonly Property[] => [
  ...viewOfReplica(site, { paths }),
  { name: 'BindReadOnlyPaths', value: pathList([paths.run]) },
  ...webConfigProperties(server, { paths, config: paths.pin('%i'), own: paths.webSlot('%i') }),
];

interface WebConfigSource {
  readonly paths: RenderContext['paths'];
  /** The directory that has `web.conf`. */
  readonly config: string;
  /** The file that has what is the replica's own. */
  readonly own: string;
}

/** The web server's configuration, in a view. */
export const webConfigProperties = (
  server: WebServer,
  { paths, config, own }: WebConfigSource,
): readonly Property[] => [
  {
    name: 'BindReadOnlyPaths',
    value: [
      bound(`${config}/web.conf`, paths.webConfig),
      ...(server.include === undefined ? [] : [bound(`${config}/web-include.conf`, paths.webInclude)]),
      bound(own, paths.webOwn),
    ].join(' '),
  },
];
