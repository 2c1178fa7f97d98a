import { webServerDirectories } from '../../base/paths.ts';
import type { Ports } from '../site/ports.ts';

/** The user and the groups that a process runs as. */
export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  /** The supplementary groups. */
  readonly groups: readonly number[];
}

export interface WebServer {
  readonly name: keyof typeof webServerDirectories;
  /**
   * Those of a process that serves requests, since a master that is root has workers that are not: of the running process, not what
   * files say by now. Undefined where that has ended.
   */
  readonly credentials: Credentials | undefined;
  /** The name of that user; undefined for root. */
  readonly user: string | undefined;
}

/** The web servers that run. */
export const runningServers = async (ports: Ports): Promise<readonly WebServer[]> => {
  const names = Object.keys(webServerDirectories) as readonly WebServer['name'][];
  const units = await ports.systemd.glance(names.map(name => `${name}.service`));
  const found = names.map(async (name): Promise<readonly WebServer[]> => {
    const unit = units.find(each => each.unit === `${name}.service`);
    if (unit?.activeState !== 'active' || unit.mainPid === 0) return [];
    const credentials = await workerCredentials(ports, unit.mainPid);
    const uid = credentials?.uid ?? 0;
    return [{ name, credentials, user: uid === 0 ? undefined : (ports.host.userName(uid) ?? String(uid)) }];
  });
  return (await Promise.all(found)).flat();
};

const workerCredentials = async (ports: Ports, mainPid: number): Promise<Credentials | undefined> => {
  const children = (await ports.files.read(`/proc/${mainPid}/task/${mainPid}/children`)) ?? '';
  const pids = [...children.split(' ').filter(Boolean).map(Number), mainPid];
  const all = await Promise.all(pids.map(pid => credentialsOf(ports, pid)));
  const known = all.filter(credentials => credentials !== undefined);
  return known.find(({ uid }) => uid !== 0) ?? known[0];
};

/** The credentials of a running process; undefined when it has ended. */
const credentialsOf = async ({ files }: Ports, pid: number): Promise<Credentials | undefined> => {
  const status = await files.read(`/proc/${pid}/status`);
  if (status === undefined) return undefined;
  const numbers = (name: string): readonly number[] =>
    (new RegExp(`^${name}:(.*)$`, 'm').exec(status)?.[1] ?? '').split(/\s+/).filter(Boolean).map(Number);
  const [, uid = 0] = numbers('Uid');
  const [, gid = 0] = numbers('Gid');
  return { uid, gid, groups: numbers('Groups') };
};
