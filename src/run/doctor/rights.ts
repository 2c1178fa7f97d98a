import { isError, PhpZdError } from '../../base/errors.ts';
import type { Site } from '../../site/site.ts';
import type { Ports } from '../site/ports.ts';

/** The user and the groups that a process runs as. */
export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  /** The supplementary groups; undefined for those that the host's databases give the user. */
  readonly groups: readonly number[] | undefined;
}

interface Access {
  readonly what: 'read' | 'write';
  readonly path: string;
}

/** What a command says that runs with these rights, and nothing else of root's. Rejects with `command-failed`, or as `requireRootFor`. */
export const runAs = async (
  { commands, isRoot }: Ports,
  { uid, gid, groups }: Credentials,
  command: readonly string[],
  deadlineMs?: number,
): Promise<string> => {
  requireRootFor({ isRoot }, command.at(-1) ?? '');
  const groupOption =
    groups === undefined ? '--init-groups' : groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`;
  const args = [`--reuid=${uid}`, `--regid=${gid}`, groupOption, ...command];
  return await commands.run('setpriv', args, {}, deadlineMs);
};

/** Nobody but root may look at a path as somebody else: rejects with `file-system` for who is not. */
export const requireRootFor = ({ isRoot }: Pick<Ports, 'isRoot'>, path: string): void => {
  if (!isRoot) throw new PhpZdError('file-system', { path, errno: 'EPERM' });
};

/** Whether a process with these rights could read from or write to the path, every directory on the way included. */
export const mayDo = async (ports: Ports, credentials: Credentials, { what, path }: Access): Promise<boolean> => {
  try {
    await runAs(ports, credentials, ['test', what === 'read' ? '-r' : '-w', path]);
    return true;
  } catch (error) {
    // test(1) ends with 1 and prints nothing; any other failure prints something.
    if (isError(error, 'command-failed') && error.facts.status === '1' && error.facts.output === '') return false;
    throw error;
  }
};

/** The rights of a site's processes; undefined for a site without a user of its own. */
export const credentialsOfSite = ({ host }: Pick<Ports, 'host'>, site: Site): Credentials | undefined => {
  const user = host.user(site.user);
  if (user === undefined || user.uid === 0) return undefined;
  return { uid: user.uid, gid: host.group(site.group)?.gid ?? user.gid, groups: undefined };
};

/** The credentials of a running process; undefined when it has ended. */
export const credentialsOf = async ({ files }: Ports, pid: number): Promise<Credentials | undefined> => {
  const status = await files.read(`/proc/${pid}/status`);
  if (status === undefined) return undefined;
  const numbers = (name: string): readonly number[] =>
    (new RegExp(`^${name}:(.*)$`, 'm').exec(status)?.[1] ?? '').split(/\s+/).filter(Boolean).map(Number);
  const [, uid = 0] = numbers('Uid');
  const [, gid = 0] = numbers('Gid');
  return { uid, gid, groups: numbers('Groups') };
};
