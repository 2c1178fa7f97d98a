import { balancerUnit, httpSocketUnit, mailSocketUnit, mountsSocketUnit, paths, sitePaths } from '../../base/paths.ts';
import type { Site } from '../../site/site.ts';
import type { Ports } from '../site/ports.ts';

/**
 * A socket of php-zd's own to which nobody comes, while its unit is active: its file was removed, or systemd lost its descriptor, as by
 * `systemctl mask` and `unmask` (facts.md N147).
 */
export interface DeafSocket {
  readonly unit: string;
  readonly path: string;
  /** The unit whose restart makes the socket anew. */
  readonly restart: string;
}

type Asked = Pick<Ports, 'acceptQueue' | 'systemd'>;

/** By that of HAProxy's control sockets HAProxy, which has their descriptors, starts anew. */
const socketsOf = (sites: readonly Site[]): readonly DeafSocket[] => [
  { unit: mountsSocketUnit, path: paths.mountsSocket, restart: mountsSocketUnit },
  ...[paths.balancerAdmin, paths.balancerMaster].map(path => ({
    ...{ unit: 'php-zd-haproxy.socket', path, restart: balancerUnit },
  })),
  ...sites.flatMap(({ name, listen, sandbox }) => {
    const [http, mail] = [httpSocketUnit(name), mailSocketUnit(name)];
    return [
      ...(listen.http?.at.kind === 'socket' ? [{ unit: http, path: listen.http.at.path, restart: http }] : []),
      ...(sandbox.hasSendmail ? [{ unit: mail, path: `${sitePaths(name).mail}/socket`, restart: mail }] : []),
    ];
  }),
];

/** The sockets of the host, and of these sites, that are deaf. */
export const deafSockets = async (ports: Asked, sites: readonly Site[]): Promise<readonly DeafSocket[]> => {
  const deaf = await Promise.all(socketsOf(sites).map(async socket => ((await isDeaf(ports, socket)) ? [socket] : [])));
  return deaf.flat();
};

/**
 * Afterwards views can ask for their release, where systemd says so: a restart of that socket harms nobody. Rejects as `Systemd.restart`,
 * with `unit-masked` for example.
 */
export const keepMountsSocket = async (ports: Asked): Promise<void> => {
  if (await isDeaf(ports, { unit: mountsSocketUnit, path: paths.mountsSocket }))
    await ports.systemd.restart(mountsSocketUnit);
};

/** What is stopped is started with the next unit that needs it. */
const isDeaf = async (
  { acceptQueue, systemd }: Asked,
  { unit, path }: Pick<DeafSocket, 'unit' | 'path'>,
): Promise<boolean> => !(await acceptQueue.isListening(path)) && (await systemd.activeState(unit)) === 'active';
