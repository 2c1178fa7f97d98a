import { formatOwnHaproxies } from '../base/own-haproxies.ts';
import { balancerUser } from '../base/paths.ts';
import type { Site, WebServer } from '../site/site.ts';
import { renderEnvironmentScript } from './environment.ts';
import { type FpmContext, renderFpmConfig, renderPhpIni } from './fpm-config.ts';
import { renderAdmitUnit, renderGateUnit } from './gate-unit.ts';
import type { GeneratedFile, RenderContext } from './generated.ts';
import { renderHaproxy, type Server } from './haproxy.ts';
import { renderHttpConfig, renderHttpSocket } from './http.ts';
import { renderMailSocket, renderMailUnit } from './mail.ts';
import { renderReplicasMount, renderShmMount } from './mounts.ts';
import { renderMountsNeeded } from './mounts-needed.ts';
import { drillScript, opcacheScript } from './replica-scripts.ts';
import { renderReplicaUnit } from './replica-unit.ts';
import { renderSlice } from './slice.ts';
import { renderServicesUnit } from './sockets.ts';
import { renderReplicaDirectories, renderTmpfiles, type SlotOwner } from './tmpfiles.ts';
import { renderWebConfig, renderWebOwn } from './web/web-server.ts';
import { renderWebUnit } from './web/web-unit.ts';

/** The file in a generation's directory that has the replicas' unit as this generation wants it. */
export const GENERATION_UNIT = 'replica.service';

/** The file in a generation's directory that has the unit of the replicas' own web servers, for a site that has such. */
export const GENERATION_WEB_UNIT = 'web.service';

/** The file in a generation's directory that has the names of [drain] daemons, one a line. */
export const DAEMONS_FILE = 'daemons';

/** The rendered files of a generation, with paths below its directory. */
export const renderGeneration = (site: Site, context: FpmContext): readonly Omit<GeneratedFile, 'reader'>[] => {
  const file = (path: string, text: string) => ({ path, text, mode: 0o644, group: undefined });
  // Variables and PHP's settings may hold secrets: only root and the site's group may read them.
  const secret = (path: string, text: string) => ({ path, text, mode: 0o640, group: site.group });
  return [
    file(GENERATION_UNIT, renderReplicaUnit(site, context)),
    // A password may stand in session.save_path, for example.
    secret('php/site.ini', renderPhpIni(site, context)),
    file(DAEMONS_FILE, site.drain.daemons.map(name => `${name}\n`).join('')),
    file('php/opcache.php', opcacheScript),
    file('php/drill.php', drillScript),
    secret('php-fpm.conf', renderFpmConfig(site, context)),
    ...(site.web.server === undefined ? [] : renderWebOfGeneration(site, site.web.server, { context, secret, file })),
    ...(site.environmentFile === undefined ? [] : [secret('environment.sh', renderEnvironmentScript(site))]),
  ];
};

type ToFile = (path: string, text: string) => Omit<GeneratedFile, 'reader'>;

/** What a web server gives to PHP, and what the operator adds, may be a password. */
const renderWebOfGeneration = (
  site: Site,
  server: WebServer,
  { context, file, secret }: { readonly context: RenderContext; readonly file: ToFile; readonly secret: ToFile },
) => [
  secret('web.conf', renderWebConfig(site, server, context)),
  ...(server.include === undefined ? [] : [secret('web-include.conf', server.directives)]),
  file(GENERATION_WEB_UNIT, renderWebUnit(site, server, context)),
];

/** A slot, with what the files that all replicas share must say of the replica in it. */
export interface SharedSlot extends Server, SlotOwner {
  /** The text of the slot's unit; undefined where that is the template's. */
  readonly unit: string | undefined;
  /** The text of the unit of the slot's web server, likewise. */
  readonly webUnit: string | undefined;
}

const lastOf = (slots: readonly SharedSlot[]): number => Math.max(...slots.map(({ slot }) => slot));

/** What all generations of a site share: the files that systemd, systemd-tmpfiles and HAProxy read. */
export const renderShared = (
  site: Site,
  context: RenderContext,
  slots: readonly SharedSlot[],
): readonly GeneratedFile[] => {
  const { paths } = context;
  const file = (path: string, text: string, reader: GeneratedFile['reader']): GeneratedFile => ({
    ...{ path, text, reader },
    mode: 0o644,
    group: undefined,
  });
  // As long as one replica has none, PHP is all that they have in common.
  const toWeb = slots.every(({ web }) => web !== undefined);
  return [
    file(paths.tmpfiles, renderTmpfiles(site, context, slots), 'tmpfiles'),
    file(paths.replicaDirectories, renderReplicaDirectories(site, context, slots), 'tmpfiles'),
    file(paths.replicasMount, renderReplicasMount(site, context), 'systemd'),
    file(paths.admitUnit, renderAdmitUnit(site, context), 'systemd'),
    file(paths.gateUnit, renderGateUnit(site, context), 'systemd'),
    file(paths.servicesUnit, renderServicesUnit(site), 'systemd'),
    file(paths.shmMount, renderShmMount(site, context), 'systemd'),
    file(paths.mountsNeeded, renderMountsNeeded(site), 'systemd'),
    // Units of slots come before the template: a replica that crashes in between finds its own unit in either of them.
    ...slots.flatMap(({ slot, unit }) => (unit === undefined ? [] : [file(paths.slotUnit(slot), unit, 'systemd')])),
    file(paths.unit, renderReplicaUnit(site, context), 'systemd'),
    ...renderWebOfSlots(site, context, slots).map(({ path, text }) => file(path, text, 'systemd')),
    ...(site.sandbox.hasSendmail
      ? [
          file(paths.mailSocket, renderMailSocket(site, context), 'systemd'),
          file(paths.mailUnit, renderMailUnit(site, context), 'systemd'),
        ]
      : []),
    file(paths.slice, renderSlice(site), 'systemd'),
    file(paths.balancerConfig, renderHaproxy(site, context, slots), 'balancer'),
    ...(site.haproxy === undefined ? [] : [file(paths.ownHaproxies, formatOwnHaproxies(site.haproxy), 'php-zd')]),
    ...(site.listen.http === undefined
      ? []
      : [
          file(paths.httpSocket, renderHttpSocket(site, site.listen.http), 'http'),
          {
            // What a web server gives to PHP may be a password: only root and HAProxy may read it.
            ...file(
              paths.httpConfig,
              renderHttpConfig(site, site.listen.http, { ...context, lastSlot: lastOf(slots), toWeb }),
              'http',
            ),
            ...{ mode: 0o640, group: balancerUser },
          },
        ]),
  ];
};

/** The web servers' units, and what each of them has of its own. */
const renderWebOfSlots = (site: Site, context: RenderContext, slots: readonly SharedSlot[]) => {
  const { server } = site.web;
  const { paths } = context;
  return [
    ...slots.flatMap(({ slot, webUnit }) =>
      webUnit === undefined ? [] : [{ path: paths.webSlotUnit(slot), text: webUnit }],
    ),
    ...(server === undefined ? [] : [{ path: paths.webUnit, text: renderWebUnit(site, server, context) }]),
    // As the web server has it that the slot's replica has: another one than the site's, in the middle of a change.
    ...slots.flatMap(({ slot, web }) => {
      const places = { socket: paths.webSocket(slot), php: paths.ownPhpSocket(slot) };
      return web === undefined ? [] : [{ path: paths.webSlot(slot), text: renderWebOwn(site, web, places) }];
    }),
  ];
};
