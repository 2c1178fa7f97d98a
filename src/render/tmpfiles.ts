import { basename, dirname } from 'node:path';
import { balancerUser, SIDES, type SitePaths } from '../base/paths.ts';
import type { Site, WebServerKind } from '../site/site.ts';
import { type RenderContext, renderHeader } from './generated.ts';
import { socketMode } from './haproxy.ts';
import { WEB_TMP } from './web/context.ts';

/** The owner of a replica's directory: the user that the replica's generation runs as. */
export interface SlotOwner {
  readonly slot: number;
  readonly user: string;
  /** The web server of the replica's own, if it has one. */
  readonly web: WebServerKind | undefined;
}

/** A name as a field of tmpfiles.d(5), where it has no specifiers: a directory server's may have blanks and backslashes. */
const named = (name: string): string => (!/[^\w.$-]/.test(name) ? name : `"${name.replace(/["\\]/g, '\\$&')}"`);

/** A field as `named` writes it, or as it is. */
const FIELD = /"((?:[^"\\]|\\.){0,1024})"|(\S{1,4096})/g;

/** The fields of a line that was rendered here. */
export const fieldsOf = (line: string): readonly string[] =>
  [...line.matchAll(FIELD)].map(([, quoted, plain = '']) => quoted?.replace(/\\(.)/g, '$1') ?? plain);

/** A name in an entry of an access control list, which is the rest of its line: what means something there is octal (facts.md U3). */
const inAcl = (name: string): string =>
  [...Buffer.from(name)]
    .map(byte =>
      /[\w.@-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`,
    )
    .join('');

/** The lines that say who may connect to the site's socket. */
export const renderFrontRights = ({ listen }: Pick<Site, 'listen'>, paths: SitePaths): readonly string[] => {
  const { owner, group, mode } = listen;
  // Where the socket's mode gives the group no rights, the directory keeps HAProxy's own group.
  const [frontGroup, others] = [mode & 0o060 ? group : balancerUser, mode & 0o006 ? 1 : 0];
  return [
    `d ${paths.balancer} 275${others} ${balancerUser} ${named(frontGroup)}`,
    // `owner` of [listen] gets access by an access control list, since HAProxy is not root and cannot chown. Without '+', so
    // that an entry for a former owner goes.
    `a ${paths.balancer} - - - - ${owner === undefined ? 'u::rwx' : `u:${inAcl(owner)}:x,g::rx,d:u:${inAcl(owner)}:rw,d:g::rw`}`,
    // Also for a socket that is there already: HAProxy's reload hands it on as it is (facts.md N17).
    ...[paths.openFront, paths.closedFront].flatMap(socket => [
      `z ${socket} 0${socketMode(listen).toString(8)} - ${named(frontGroup)}`,
      ...(owner === undefined ? [] : [`a+ ${socket} - - - - u:${inAcl(owner)}:rw`]),
    ]),
  ];
};

/**
 * The site's directories, for systemd-tmpfiles, which makes them at boot without php-zd and follows no link of a site's own.
 * The set-group-id bit gives a socket its group without chown (facts.md U1): HAProxy's socket gets the web server's group, and
 * a replica's gets HAProxy's.
 */
export const renderTmpfiles = (site: Site, context: RenderContext, owners: readonly SlotOwner[]): string => {
  const { paths, formerSockets = [] } = context;
  const { fastcgi } = site.listen;
  const users = [...new Set([site.user, ...owners.map(({ user }) => user)])];
  const lines = [
    `d ${paths.run} 0755 root root`,
    ...renderFrontRights(site, paths),
    ...(owners.some(({ web }) => web !== undefined) ? [`d ${dirname(paths.ownPhp(0))} 0755 root root`] : []),
    ...owners.filter(({ web }) => web !== undefined).flatMap(slot => ownPhpLines(paths, slot)),
    ...(site.sandbox.hasSendmail
      ? [`d ${paths.mail} 0755 root root`, `f ${paths.largeMail} 0400 ${named(site.user)} root`]
      : []),
    `d ${paths.private} 0700 root root`,
    `d ${paths.gates} 0755 root root`,
    `d ${paths.offers} 0755 root root`,
    `d ${paths.slotHolds} 0755 root root`,
    `d ${paths.state} 0755 root root`,
    // Without '+': what it leads to since is right, in a maintenance for example.
    `L ${paths.front} - - - - ${paths.openFront}`,
    ...SIDES.map(side => `L ${paths.sideFront(side)} - - - - ${paths.openSide(side)}`),
    // Without '+', which would remove whatever has this path, even a directory.
    ...[fastcgi, ...formerSockets].map(path => `L ${path} - - - - ${paths.front}`),
    `d ${paths.pins} 0755 root root`,
    // The site's user reads what is in a generation.
    `d ${paths.generations} 0755 root root`,
    ...['*', '*/php'].map(directory => `z ${paths.generations}/${directory} 0755 root root`),
    `d ${paths.state}/tmp 0755 root root`,
    `d ${paths.state}/sessions 0755 root root`,
    ...['home', 'notes'].map(name => `d ${paths.state}/${name} 0755 root root`),
    // The site's private /tmp, which a boot empties, and its sessions and its home, which outlive a boot (facts.md M5).
    ...users.flatMap(user => [
      `D ${paths.tmp(user)} 0700 ${named(user)} - 10d`,
      ...[paths.sessions(user), paths.home(user), paths.notes(user)].map(
        directory => `d ${directory} 0700 ${named(user)} -`,
      ),
      // A web server's directory, which is empty for long, is not cleaned away below it.
      ...(owners.some(({ web }) => web !== undefined) ? [`x ${paths.tmp(user)}/${basename(WEB_TMP)}`] : []),
    ]),
  ];
  return `${renderHeader(site, '#')}${lines.join('\n')}\n`;
};

/**
 * The way of a replica's own web server to PHP: HAProxy's socket, to which the user of that replica gets access as `owner` does above. The
 * directory's group bits are those that the access control list leaves.
 */
const ownPhpLines = (paths: RenderContext['paths'], { slot, user }: SlotOwner): readonly string[] => [
  `d ${paths.ownPhp(slot)} 2710 ${balancerUser} ${balancerUser}`,
  `a ${paths.ownPhp(slot)} - - - - u:${inAcl(user)}:x,d:u:${inAcl(user)}:rw`,
  `z ${paths.ownPhpSocket(slot)} 0660 - ${balancerUser}`,
  `a+ ${paths.ownPhpSocket(slot)} - - - - u:${inAcl(user)}:rw`,
];

/** The replicas' own directories. Not made at boot: their file system is mounted when the site starts. */
export const renderReplicaDirectories = (site: Site, { paths }: RenderContext, owners: readonly SlotOwner[]): string =>
  renderHeader(site, '#') +
  owners.map(({ slot, user }) => `d ${paths.replica(slot)} 2750 ${named(user)} ${balancerUser}\n`).join('') +
  (site.haproxy === undefined
    ? ''
    : owners.map(({ slot }) => accessLines(paths, slot, site.haproxy?.user ?? '')).join(''));

/**
 * Access for a HAProxy of the operator's, to sockets that are there already too. The group's entry stands for php-zd's own HAProxy: with
 * a list of the directory's, a new socket takes it from there and not from its mode (acl(5)).
 */
const accessLines = (paths: RenderContext['paths'], slot: number, user: string): string =>
  [
    `a ${paths.replica(slot)} - - - - u:${inAcl(user)}:x,g::rx,d:u:${inAcl(user)}:rw,d:g::rw`,
    ...[paths.socket(slot), paths.statusSocket(slot)].map(socket => `a+ ${socket} - - - - u:${inAcl(user)}:rw`),
  ]
    .map(line => `${line}\n`)
    .join('');
