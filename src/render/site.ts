import { balancerUser } from '../base/paths.ts';
import type { Site } from '../site/site.ts';
import { renderEnvironmentScript } from './environment.ts';
import { type FpmContext, renderFpmConfig, renderPhpIni } from './fpm-config.ts';
import { renderAdmitUnit, renderGateUnit } from './gate-unit.ts';
import type { GeneratedFile, RenderContext } from './generated.ts';
import { renderHaproxy, type Server } from './haproxy.ts';
import { renderHttpConfig, renderHttpSocket } from './http.ts';
import { renderReplicasMount, renderShmMount } from './mounts.ts';
import { renderMountsNeeded } from './mounts-needed.ts';
import { drillScript, opcacheScript } from './replica-scripts.ts';
import { renderReplicaUnit } from './replica-unit.ts';
import { renderSlice } from './slice.ts';
import { renderServicesUnit } from './sockets.ts';
import { renderReplicaDirectories, renderTmpfiles, type SlotOwner } from './tmpfiles.ts';

/** The file in a generation's directory that has the replicas' unit as this generation wants it. */
export const GENERATION_UNIT = 'replica.service';

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
    ...(site.environmentFile === undefined ? [] : [secret('environment.sh', renderEnvironmentScript(site))]),
  ];
};

/** A slot, with what the files that all replicas share must say of the replica in it. */
export interface SharedSlot extends Server, SlotOwner {
  /** The text of the slot's unit; undefined where that is the template's. */
  readonly unit: string | undefined;
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
    file(paths.slice, renderSlice(site), 'systemd'),
    file(paths.balancerConfig, renderHaproxy(site, context, slots), 'balancer'),
    ...(site.listen.http === undefined
      ? []
      : [
          file(paths.httpSocket, renderHttpSocket(site, site.listen.http), 'http'),
          {
            // What a web server gives to PHP may be a password: only root and HAProxy may read it.
            ...file(
              paths.httpConfig,
              renderHttpConfig(site, site.listen.http, { ...context, lastSlot: lastOf(slots) }),
              'http',
            ),
            ...{ mode: 0o640, group: balancerUser },
          },
        ]),
  ];
};
