import { posix } from 'node:path';
import { valueUnless } from '../../base/errors.ts';
import { replicaUnit } from '../../base/paths.ts';
import { printable } from '../../base/printable.ts';
import { isAtOrBelow } from '../../site/paths.ts';
import type { Site } from '../../site/site.ts';
import { askAsUser } from '../site/as-user.ts';
import { objectionsTo } from '../site/load-site.ts';
import type { Check, Facts } from './check.ts';
import { besideSendmail } from './php-checks.ts';
import type { SiteScene } from './scene.ts';

const MOST_LINE = 300;
/** Of each key one refusal is told, and of paths so many. */
const MOST_PATHS = 5;
/** How many are looked at for that. */
const MOST_JUDGED = 10;

export const refusalChecks = {
  // What the replicas that run now have said since their start: what was refused before is allowed by now, or no longer asked for.
  refused: {
    severity: 'warning',
    look: async scene => {
      const lines = (await Promise.all((await scene.running()).map(slot => saidBy(scene, slot)))).flat();
      const refusals = lines.flatMap(line => refusalIn(scene, line.slice(0, MOST_LINE)) ?? []);
      const unlike = new Map(refusals.map(refusal => [`${refusal.key} ${refusal.allow ?? ''}`, refusal]));
      const told: Facts[] = [];
      for (const refusal of [...unlike.values()].slice(0, MOST_JUDGED)) {
        if (told.length < MOST_PATHS) told.push(...(await judged(scene, refusal)));
      }
      return told;
    },
  },

  // Without BPF for control groups, as in many containers, systemd starts the replicas and lets them reach everything (facts.md N77).
  network: {
    severity: 'problem',
    look: async ({ site, host }) => {
      const { network } = site.sandbox;
      return typeof network === 'string' || (await host.holdsAddresses()) ? [] : [{ network }];
    },
  },
} as const satisfies Readonly<Record<string, Check<SiteScene>>>;

const saidBy = async ({ host, ports, site }: SiteScene, slot: number): Promise<readonly string[]> => {
  const unit = replicaUnit(site.name, slot);
  const said = (await host.refusedLines()).get(unit) ?? [];
  if (said.length === 0) return [];
  const { activeSince = Number.POSITIVE_INFINITY } = await ports.systemd.usage(unit);
  return said.filter(({ at }) => at >= activeSince).map(({ text }) => text);
};

interface Refusal extends Facts {
  readonly key: 'writable' | 'network' | 'namespaces' | 'inotify' | 'sendmail' | 'setgid' | 'sockets';
  readonly line: string;
  /** The value that would allow it, or the directory; undefined where the line does not tell. */
  readonly allow: string | undefined;
}

/**
 * What is told of a refusal. Its line is the site's own words: what check would refuse or warn of is nothing that anybody is told to write, and
 * of a socket only one that is there, and whose mode lets the site's user in.
 */
const judged = async (scene: SiteScene, refusal: Refusal & Wanted): Promise<readonly Refusal[]> => {
  const { socket, ...told } = refusal;
  const { key, allow } = told;
  // What stands beside sendmail is told with it.
  if (allow === undefined || key === 'sendmail') return [told];
  const line =
    key === 'writable' ? { section: key, key: allow, value: 'yes' } : { section: 'sandbox', key, value: allow };
  const isFit = objectionsTo(scene.ports, scene.loaded, line).length === 0;
  if (socket !== undefined) return isFit && (await mayConnect(scene, socket)) ? [told] : [];
  return isFit ? [told] : [{ ...told, allow: undefined }];
};

interface Wanted {
  /** What it would connect to. */
  readonly socket?: string;
}

const mayConnect = async ({ ports, site }: SiteScene, socket: string): Promise<boolean> => {
  const find = ['find', socket, '-maxdepth', '0', '-type', 's', '-writable', '-print0'];
  return (
    ports.isRoot && (await valueUnless(() => askAsUser({ site, ports }, find), 'command-failed')) === `${socket}\0`
  );
};

/** What the application was refused by the sandbox, as programs say it. A site may write any line: nothing here is followed. */
const refusalIn = (scene: SiteScene, text: string): (Refusal & Wanted) | undefined => {
  const { site } = scene;
  const line = printable(text, MOST_LINE);
  if (/Read-only file system/.test(text)) return writeRefusal(scene, text, line);
  if (!site.sandbox.hasSendmail && MAIL_REFUSED.test(text))
    return { key: 'sendmail', line, allow: 'yes', ...besideSendmail(scene) };
  if (!site.sandbox.hasNamespaces && NO_NAMESPACES.test(text)) return { key: 'namespaces', line, allow: 'yes' };
  if (!site.sandbox.hasInotify && NO_INOTIFY.test(text)) return { key: 'inotify', line, allow: 'yes' };
  if (!site.sandbox.hasSetgid && NO_SETGID.test(text)) return { key: 'setgid', line, allow: 'yes' };
  return socketRefusal(scene, text, line) ?? networkRefusal(site, text, line);
};

const socketRefusal = (scene: SiteScene, text: string, line: string): (Refusal & Wanted) | undefined => {
  const [, socket = '', directory = ''] =
    /unix:\/\/((\/run\/[\w@+-][\w.@+-]{0,100})\/[\w.@+/-]{1,200}) \(No such file or directory\)/.exec(text) ?? [];
  if (socket === '' || posix.normalize(socket) !== socket || !isHidden(scene, directory)) return undefined;
  return { key: 'sockets', line, allow: [...scene.site.sandbox.sockets, directory].join(' '), socket };
};

/** units/sendmail.pl, and Postfix's own. */
const MAIL_REFUSED =
  /^php-zd: mail\(\) failed: the sendmail of this host needs rights|postdrop: warning: mail_queue_enter/;

/** Chromium, bubblewrap and unshare(1), in their own words. */
const NO_NAMESPACES =
  /Failed to move to new namespace|No usable sandbox|No permissions to creat(e|ing) new namespace|unshare failed: Operation not permitted/;

/** Chromium, inotifywait(1) and PHP's extension, and Node.js. tail(1) does without. */
const NO_INOTIFY =
  /inotify(?:_init1?\b|: ).{0,100}(?:Operation not permitted|fatal)|EPERM: operation not permitted, watch /i;

/** Nothing else is not permitted: a directory that another user's keeps from it is "Permission denied". */
const NO_SETGID = /\bmkdir(?:\(\): |: cannot create directory .{1,200}: )Operation not permitted/;

const networkRefusal = ({ sandbox: { network } }: Site, text: string, line: string): Refusal | undefined => {
  if (network === 'yes') return undefined;
  const [, address] = /Unable to connect to (?:\w{1,9}:\/\/)?\[?([\da-fA-F.:]{2,45}?)\]?:\d{1,5} \(/.exec(text) ?? [];
  const named = network === 'no' ? [] : network;
  if (address !== undefined)
    return named.includes(address) ? undefined : { key: 'network', line, allow: [...named, address].join(' ') };
  return network === 'no' && /Address family (not supported|for hostname not supported)/.test(text)
    ? { key: 'network', line, allow: undefined }
    : undefined;
};

const PATH = /^\/[\w.@+/-]{1,200}$/;

const writeRefusal = ({ ports, site }: SiteScene, text: string, line: string): Refusal => {
  const [, path] = /[(' ](\/[^\s'():]{1,200})/.exec(text) ?? [];
  const directory = path === undefined || !PATH.test(path) ? undefined : posix.dirname(posix.normalize(path));
  if (directory === undefined) return { key: 'writable', line, allow: undefined };
  const inRelease = posix.relative(site.mount, directory);
  if (inRelease !== '' && !inRelease.startsWith('..')) return { key: 'writable', line, allow: inRelease };
  // A site may make a path up. What is not its user's would not be writable for it with the key either.
  const isOwn = ports.host.ownerOf(directory) === ports.host.user(site.user)?.uid;
  return { key: 'writable', line, allow: isOwn && !holdsReleases(site, directory) ? directory : undefined };
};

/** Where the site could choose its own code. */
const holdsReleases = ({ link, releases }: Site, directory: string): boolean =>
  [link, releases].some(path => isAtOrBelow(path, directory)) || isAtOrBelow(directory, releases);

const isHidden = ({ ports, site }: SiteScene, directory: string): boolean =>
  !site.sandbox.sockets.includes(directory) && ports.host.isDirectory(directory);
