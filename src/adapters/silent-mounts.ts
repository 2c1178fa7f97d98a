import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { posix } from 'node:path';
import { onceInTurn } from './event-turn.ts';

/** File systems that wait for nothing but a disk of this host. All others are asked before anybody looks into them. */
const LOCAL = new Set(
  [
    'ext2 ext3 ext4 xfs btrfs zfs f2fs jfs reiserfs nilfs2 bcachefs erofs squashfs vfat exfat ntfs3 iso9660 udf',
    'overlay tmpfs ramfs devtmpfs devpts mqueue hugetlbfs proc sysfs cgroup cgroup2 debugfs tracefs securityfs',
    'pstore bpf configfs efivarfs binfmt_misc nsfs fusectl selinuxfs rpc_pipefs',
  ].flatMap(names => names.split(' ')),
);

const PERL = 'perl';

/** A server that is slow answers within this. */
const ANSWER_S = 5;
/** What systemd mounts only when somebody looks at it, for which it may have to find a server first. */
const AUTOMOUNT_S = 25;
/** How long an answer counts, and how long nobody asks again what did not answer. */
const ANSWERED_MS = 5_000;
const SILENT_MS = 60_000;
/** A mount and a link of the last instant are not known yet. Paths have most of their directories in common. */
const TABLE_MS = 1_000;
/** As many as the kernel follows (path_resolution(7)). */
const MOST_LINKS = 40;

interface Mount {
  /** The number of its file system, which is the same in every mount namespace. */
  readonly device: string;
  readonly type: string;
  /** Its path as this process comes to it. */
  readonly path: string;
}

/** The mounts of file systems that may not answer, by their place in a mount namespace; `root` is how this process comes there. */
interface Table {
  readonly root: string;
  readonly mounts: ReadonlyMap<string, Mount>;
}

/**
 * The mount point on the way of a path, links followed, whose file system does not answer: a process that looks there waits until it
 * does, and may not even be killed. Looked for without touching anything beyond it. Undefined where all of the way answers.
 */
export type SilentOn = (path: string) => string | undefined;

export const makeSilentOn = (scripts: string): SilentOn => {
  const answers = new Map<string, { readonly isSilent: boolean; readonly until: number }>();
  const tableOf = rememberingTables();
  const isSilent = (mount: Mount, host: Table): boolean => {
    const known = answers.get(mount.device);
    if (known !== undefined && known.until > now()) return known.isSilent;
    // Side by side with all others that waiting for does no harm, since each may take as long.
    const others = [...host.mounts.values()].filter(({ type, device }) => type !== 'autofs' && isUnknown(device));
    const asked = [mount, ...others.filter(({ device }) => device !== mount.device)];
    const answered = ask(scripts, asked, mount.type === 'autofs' ? AUTOMOUNT_S : ANSWER_S);
    for (const [at, { device }] of asked.entries()) {
      const isLost = !answered.has(at);
      answers.set(device, { isSilent: isLost, until: now() + (isLost ? SILENT_MS : ANSWERED_MS) });
    }
    return answers.get(mount.device)?.isSilent ?? false;
  };
  const links = new Map<string, string | undefined>();
  let linksUntil = 0;
  const linkAt = (path: string): string | undefined => {
    const target = links.has(path) ? links.get(path) : readLink(path);
    links.set(path, target);
    return target;
  };
  const isUnknown = (device: string) => (answers.get(device)?.until ?? 0) <= now();
  const hostTable = onceInTurn(() => tableOf('/proc/self', ''));
  return path => {
    const host = hostTable();
    // Nearly every host.
    if (host.mounts.size === 0) return undefined;
    if (linksUntil <= now()) {
      links.clear();
      linksUntil = now() + TABLE_MS;
    }
    return findOnWay(path, { host, tableOf, linkAt, isSilent: mount => isSilent(mount, host) });
  };
};

const now = (): number => Number(process.hrtime.bigint() / 1_000_000n);

interface Way {
  readonly host: Table;
  readonly tableOf: (process: string, root: string) => Table;
  readonly isSilent: (mount: Mount) => boolean;
  /** Undefined for what is no link. */
  readonly linkAt: (path: string) => string | undefined;
}

export const findOnWay = (path: string, { host, tableOf, isSilent, linkAt }: Way): string | undefined => {
  let left = partsOf(path);
  let done = '';
  let table = host;
  for (let links = 0; left.length > 0; ) {
    const [part = '', ...rest] = left;
    left = rest;
    if (part === '..') {
      done = done === '' ? '' : posix.dirname(done).replace(/^\/$/, '');
      continue;
    }
    const at = `${done}/${part}`;
    const mount = table.mounts.get(at.slice(table.root.length));
    if (mount !== undefined && isSilent(mount)) return mount.path;
    const ofProcess = /^\/proc\/\d{1,10}(?=\/root$)/.exec(at)?.[0];
    // Another mount namespace begins there, whatever the link says.
    if (ofProcess !== undefined) table = tableOf(ofProcess, at);
    const target = ofProcess === undefined ? linkAt(at) : undefined;
    done = target === undefined ? at : done;
    if (target === undefined) continue;
    links += 1;
    if (links > MOST_LINKS) return undefined;
    if (target.startsWith('/')) [done, table] = ['', host];
    left = [...partsOf(target), ...left];
  }
  return undefined;
};

const partsOf = (path: string): readonly string[] => path.split('/').filter(part => part !== '' && part !== '.');

export const readLink = (path: string): string | undefined => {
  try {
    // readlink(2) of what is no link is an error, and that takes Node.js longer than all else here.
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch {
    return undefined;
  }
};

const rememberingTables = (): Way['tableOf'] => {
  const tables = new Map<string, { readonly table: Table; readonly until: number }>();
  return (process, root) => {
    const known = tables.get(process);
    if (known !== undefined && known.until > now()) return known.table;
    const table = { root, mounts: parseMounts(mountsOf(process), root) };
    tables.set(process, { table, until: now() + TABLE_MS });
    return table;
  };
};

const mountsOf = (process: string): string => {
  try {
    return readFileSync(`${process}/mountinfo`, 'utf8');
  } catch {
    // It has ended.
    return '';
  }
};

/** Of several at one place the last is seen. What lies at the root cannot be left out by anybody. */
export const parseMounts = (mountinfo: string, root: string): ReadonlyMap<string, Mount> => {
  const mounts = new Map<string, Mount>();
  for (const line of mountinfo.split('\n')) {
    const [mount = '', source = ''] = line.split(' - ', 2);
    const [, , device = '', , escaped = ''] = mount.split(' ');
    const [type = ''] = source.split(' ');
    const place = escaped.replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    if (place === '' || place === '/') continue;
    if (LOCAL.has(type)) mounts.delete(place);
    else mounts.set(place, { device, type, path: `${root}${place}` });
  }
  return mounts;
};

/** The numbers of those that answer; all of them where nobody could ask. */
const ask = (scripts: string, mounts: readonly Mount[], seconds: number): ReadonlySet<number> => {
  const args = [`${scripts}/mounts-that-answer.pl`, String(seconds), ...mounts.map(({ path }) => path)];
  try {
    const said = execFileSync(PERL, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: (seconds + 5) * 1000,
      killSignal: 'SIGKILL',
    });
    return new Set(said.split('\n').filter(Boolean).map(Number));
  } catch {
    return new Set(mounts.keys());
  }
};
