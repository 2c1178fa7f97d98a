import { isError, PhpZdError } from '../../base/errors.ts';
import { siteUnit } from '../../base/paths.ts';
import { renderHaproxy } from '../../render/haproxy.ts';
import { literally, systemdRunArguments } from '../../render/transient.ts';
import { ownerProperties } from '../../render/view.ts';
import type { Site } from '../../site/site.ts';
import { slotsOf } from '../../site/site.ts';
import type { Ports } from './ports.ts';
import type { HostedSite } from './site-run.ts';

/**
 * Has `haproxy -c` judge what would be rendered, in a file that nothing runs on. `directory` is the place for this file, removed by
 * the caller. Rejects with `command-failed`.
 */
export const requireBalancerAccepts = async (
  { site, paths, ports }: HostedSite,
  directory: string,
  balancerBase: string,
): Promise<void> => {
  const servers = slotsOf(site).map(slot => ({ slot, maxconn: site.maxChildren }));
  const config = renderHaproxy(site, { paths, program: ports.program }, servers);
  await ports.files.makeDirectory(directory, 0o700);
  await ports.files.write(`${directory}/haproxy.cfg`, config, { mode: 0o600 });
  await ports.commands.run('haproxy', ['-c', '-f', balancerBase, '-f', `${directory}/haproxy.cfg`]);
};

/**
 * Rejects with `socket-taken` unless there is nothing, or php-zd's own link, where the web server looks for the site's socket.
 */
export const requireFreeSocket = async ({ site, paths, ports }: HostedSite): Promise<void> => {
  const path = site.listen.fastcgi;
  // The link itself, and not where it leads: only root may look there.
  const link = await ports.files.readLink(path);
  if (link === paths.front || (link === undefined && !(await ports.files.exists(path)))) return;
  throw new PhpZdError('socket-taken', { path });
};

/** A release that was found fit, and which directory it was then. */
export interface FitRelease {
  readonly path: string;
  readonly identity: string;
}

/** The release that the site's link names now, with every link followed: looked up once, at the start of a roll. */
export const findRelease = async ({ site, ports }: HostedSite): Promise<FitRelease> => {
  const path = ports.host.resolveDirectory(site.link);
  if (path === undefined) throw new PhpZdError('release-missing', { path: site.link });
  return { path, identity: await requireFitRelease({ site, ports }, path) };
};

export const resolveRelease = async (hosted: HostedSite): Promise<string> => (await findRelease(hosted)).path;

/**
 * Rejects with `release-missing`, or with `release-incomplete` when the directory lacks what every release of the site needs:
 * the front controller, and the places that [shared] is bound over.
 */
export const requireRelease = async (
  { site, ports }: Pick<HostedSite, 'site' | 'ports'>,
  release: string,
): Promise<void> => {
  if (!ports.host.isDirectory(release)) throw new PhpZdError('release-missing', { path: release });
  const places = [...(site.access === 'read-only' ? site.shared.keys() : []), ...writableIn(site)];
  const missing = [site.index, ...places].filter(
    path => !ports.host.isFile(`${release}/${path}`) && !ports.host.isDirectory(`${release}/${path}`),
  );
  if (missing.length > 0) throw new PhpZdError('release-incomplete', { path: release, missing });
};

/**
 * A release that replicas may be given: whole, readable on the whole way by the site's user, and without a link where systemd, as
 * root, makes the places of [shared]. Gives which directory it was before it was looked at: a replica runs no other one. Rejects
 * with `release-missing`, `release-incomplete` or `release-unfit`.
 */
export const requireFitRelease = async (of: Pick<HostedSite, 'site' | 'ports'>, release: string): Promise<string> => {
  const identity = await identityOf(of.ports, release);
  if (of.ports.host.resolveDirectory(release) !== release) {
    throw new PhpZdError('release-unfit', { path: release, reason: { kind: 'replaced' } });
  }
  await requireRelease(of, release);
  await requireReadable(of, release);
  await requireWritable(of, release);
  await requireNoLinkElsewhere(of, release);
  return identity;
};

/** When the directory was made, in seconds, and its inode: nobody can make another one with the same of both. */
const identityOf = async ({ commands, host }: Ports, directory: string): Promise<string> => {
  try {
    return (await commands.run('stat', ['--format=%W %i', '--', directory])).trim();
  } catch (error) {
    if (!isError(error, 'command-failed') || host.isDirectory(directory)) throw error;
    throw new PhpZdError('release-missing', { path: directory }, error);
  }
};

const writableIn = ({ writable }: Site): readonly string[] => writable.filter(path => !path.startsWith('/'));

/**
 * Asked of the kernel, with the user's groups and the file system's access lists, and for the whole path: what root alone can
 * come to is nobody's release. Whoever may not become that user cannot ask.
 */
const requireReadable = async (of: Pick<HostedSite, 'site' | 'ports'>, release: string): Promise<void> => {
  try {
    await askAsUser(of, ['test', '-r', `${release}/${of.site.index}`]);
  } catch (error) {
    if (!isError(error, 'command-failed')) throw error;
    // test(1) says nothing; what does is systemd-run(1), which lets root become anybody.
    const { status, output } = error.facts;
    if (status !== '1' || output !== '') {
      if (!of.ports.isRoot) return;
      // Without D-Bus systemd-run(1) fails too, and that is said in other words.
      await of.ports.systemd.unit(siteUnit(of.site.name));
      throw error;
    }
    const reason = { kind: 'unreadable', user: of.site.user, index: of.site.index } as const;
    throw new PhpZdError('release-unfit', { path: release, reason });
  }
};

/** What a command says as the site's user. By systemd, since php-zd@.service has not what it takes to become somebody else. */
const askAsUser = (
  { site, ports }: Pick<HostedSite, 'site' | 'ports'>,
  command: readonly string[],
): Promise<string> => {
  const asUser = systemdRunArguments({
    description: `Look at a release of site ${site.name}`,
    properties: ownerProperties(site),
    command: literally(command),
  });
  return ports.commands.run('systemd-run', ['--pipe', ...asUser]);
};

/** As `requireReadable`. Who may not become that user learns nothing here. */
const requireWritable = async (of: Pick<HostedSite, 'site' | 'ports'>, release: string): Promise<void> => {
  const { site, ports } = of;
  const places = site.writable.map(path => (path.startsWith('/') ? path : `${release}/${path}`));
  if (places.length === 0 || !ports.isRoot) return;
  const find = ['find', '-H', ...places, '-maxdepth', '0', '!', '-writable', '-print0'];
  const directories = (await askAsUser(of, find)).split('\0').filter(Boolean);
  if (directories.length === 0) return;
  throw new PhpZdError('release-unfit', {
    path: release,
    reason: { kind: 'unwritable', user: site.user, directories },
  });
};

/**
 * systemd follows a link there, as root, and makes what is missing behind it, anywhere on the host. A link to what is shared, as
 * deploy tools make it, leads to what is bound there anyway.
 */
const requireNoLinkElsewhere = async (
  { site, ports }: Pick<HostedSite, 'site' | 'ports'>,
  release: string,
): Promise<void> => {
  for (const [inRelease, onHost] of site.shared) {
    const link = await firstLinkIn(ports.files, release, inRelease);
    if (link === undefined) continue;
    const [led, shared] = await Promise.all([`${release}/${inRelease}`, onHost].map(ports.files.identity));
    if (led !== undefined && led.inode === shared?.inode && led.device === shared.device) continue;
    throw new PhpZdError('release-unfit', { path: release, reason: { kind: 'linked-shared', link, shared: onHost } });
  }
};

const firstLinkIn = async (files: Ports['files'], release: string, path: string): Promise<string | undefined> => {
  const parts = path.split('/');
  for (const [index] of parts.entries()) {
    const part = parts.slice(0, index + 1).join('/');
    if ((await files.readLink(`${release}/${part}`)) !== undefined) return part;
  }
  return undefined;
};
