/** Where everything of php-zd lies on a host. One place, so that the manual's FILES section and the code cannot part. */
export const paths = {
  config: '/etc/php-zd',
  sites: '/etc/php-zd/sites',
  defaults: '/etc/php-zd/defaults.ini',
  run: '/run/php-zd',
  state: '/var/lib/php-zd',
  /** What looks keep for the next ones (packaging/kept.ts). */
  cache: '/var/cache/php-zd',
  units: '/etc/systemd/system',
  /** Units that a boot forgets. */
  runtimeUnits: '/run/systemd/system',
  tmpfiles: '/etc/tmpfiles.d',
  /** One file a site; php-zd-haproxy.service reads the whole directory. */
  balancerConfigs: '/var/lib/php-zd/haproxy',
  balancerAdmin: '/run/php-zd/haproxy/admin.sock',
  balancerMaster: '/run/php-zd/haproxy/master.sock',
  /** Where a process in a view asks for its release (units/lay-mounts.pl), on the host and in the view. */
  mountsSocket: '/run/php-zd-mounts/socket',
  /** Where a view says what is laid into it. */
  mountsToLay: '/run/php-zd-mounts/places',
  /** Locked by who starts or stops a site, so that not all do at once (units/in-turn.sh). */
  turns: '/run/php-zd-turns',
} as const;

/** Lays the release into each view that asks for it. */
export const mountsSocketUnit = 'php-zd-mounts.socket';
/** What a unit asks for whose view is laid so, besides the socket what makes that anew where somebody removed it. */
export const mountsUnits = `${mountsSocketUnit} php-zd-mounts-again.service`;
/** How the names of the files end that say of a site which HAProxies of the operator's balance it too. */
export const OWN_HAPROXIES = '.own';
export const balancerUnit = 'php-zd-haproxy.service';
export const balancerUser = 'php-zd-haproxy';
/** SYSLOG_IDENTIFIER= of what HAProxy says about one site. */
export const balancerTag = (site: string): string => `php-zd-haproxy-${site}`;

/** HAProxy's backend of the replicas' own web servers, and the one by which these reach PHP; the site's own has its name. */
export const webBackend = (site: string): string => `${site}:web`;
export const ownBackend = (site: string): string => `${site}:own`;

export const siteUnit = (site: string): string => `php-zd@${site}.service`;
export const replicaUnit = (site: string, slot: number | string): string => `php-zd-fpm-${site}@${slot}.service`;
/** Puts replica N into the balancer after its start, unless a roll does. */
export const admitUnit = (site: string, slot: number | string): string => `php-zd-admit-${site}@${slot}.service`;
/** Drains replica N before its stop. */
export const gateUnit = (site: string, slot: number | string): string => `php-zd-gate-${site}@${slot}.service`;
/** The web server of replica N, for a site whose replicas have one. */
export const webUnit = (site: string, slot: number | string): string => `php-zd-web-${site}@${slot}.service`;
/** Keeps the directories in which the site finds sockets of the host's services. */
export const servicesUnit = (site: string): string => `php-zd-services-${site}.service`;
/** Where PHP brings its mail, for a site with `sendmail`, and the unit of one message. */
export const mailSocketUnit = (site: string): string => `php-zd-mail-${site}.socket`;
export const mailUnit = (site: string, message: string): string => `php-zd-mail-${site}@${message}.service`;
/** Where the site is reached over HTTP: systemd listens there, so that a port of root's needs no right of HAProxy's. */
export const httpSocketUnit = (site: string): string => `php-zd-http-${site}.socket`;
/** The HAProxy that says to the site in FastCGI what came in there. */
export const httpUnit = (site: string): string => `php-zd-http@${site}.service`;
/** Makes the site's directories, by systemd-tmpfiles(8). */
export const directoriesUnit = (site: string): string => `php-zd-directories@${site}.service`;
export const parkUnit = (site: string, slot: number | string, type: 'timer' | 'service'): string =>
  `php-zd-park@${site}:${slot}.${type}`;
/** Waits for the end of the site's hold. */
export const holdUnit = (site: string): string => `php-zd-hold@${site}.service`;
/** The instance number of a replica's unit, undefined for any other unit. */
export const slotOfUnit = (site: string, unit: string): number | undefined => {
  const prefix = `php-zd-fpm-${site}@`;
  const slot = Number(unit.slice(prefix.length, -'.service'.length));
  return unit.startsWith(prefix) && unit.endsWith('.service') && Number.isInteger(slot) ? slot : undefined;
};
/** The site whose replica the unit is, undefined for any other unit. */
export const siteOfReplica = (unit: string): string | undefined =>
  /^php-zd-fpm-(.{1,60})@\d{1,3}\.service$/.exec(unit)?.[1];

/** An unescaped '-' would make the slice a child of another one (systemd.slice(5)). A site's name needs no other escape. */
export const sliceUnit = (site: string): string => `php-zd-${site.replaceAll('-', '\\x2d')}.slice`;

/** The unit that systemd has of a mount point: its path, escaped as systemd-escape(1) does it (systemd.mount(5)). */
export const mountUnit = (path: string): string => {
  const escaped = [...Buffer.from(path.replace(/^\//, ''))].map((byte, at) => {
    const character = String.fromCharCode(byte);
    if (character === '/') return '-';
    const isKept = /[\w:]/.test(character) || (character === '.' && at > 0);
    return isKept ? character : `\\x${byte.toString(16).padStart(2, '0')}`;
  });
  return `${escaped.join('') || '-'}.mount`;
};
/** The mount unit of `replicas`. */
export const replicasMountUnit = (site: string): string => mountUnit(`${paths.run}/${site}/replicas`);
/** The mount unit of `shm`. */
export const shmMountUnit = (site: string): string => mountUnit(`${paths.run}/${site}/private/shm`);

/** A command that `php-zd exec` runs. */
export const execUnit = (site: string, id: string): string => `php-zd-exec-${site}-${id}.service`;

/** `php-fpm -t` for a site. */
export const testUnit = (site: string, id: string): string => `php-zd-test-${site}-${id}.service`;

/** A command of [hooks]. */
export const hookUnit = (site: string, hook: string): string => `php-zd-hook-${site}-${hook}.service`;

export const siteFile = (site: string): string => `${paths.sites}/${site}.ini`;

/**
 * The two sides of the balancer that a site with `sticky` has: each has the replicas of one generation, so that whoever has been
 * answered by a release can be sent to it again.
 */
export const SIDES = ['a', 'b'] as const;
export type Side = (typeof SIDES)[number];
/** The backend of HAProxy that has a side's replicas alone; that of the site's name has all of them. */
export const sideBackend = (site: string, side: Side): string => `${site}:${side}`;

/** The target of an open gate, which is a link. */
export const gateTarget = (slot: number): string => `../replicas/${slot}`;

/**
 * The paths of one site. What the site's own user may write lies in directories of that user's; everything that php-zd or
 * systemd follows lies in directories that only root can write.
 */
export const sitePaths = (site: string): SitePaths => {
  const made = known.get(site) ?? makePaths(site);
  known.set(site, made);
  return made;
};

/** They are a hundred, and of a site they are asked for again and again. */
const known = new Map<string, SitePaths>();

const makePaths = (site: string) => {
  const run = `${paths.run}/${site}`;
  const state = `${paths.state}/${site}`;
  return {
    run,
    state,
    /**
     * Where the web server's link leads: a link to one of HAProxy's two sockets of the site. It outlives a boot, as a maintenance
     * does.
     */
    front: `${state}/front`,
    /** HAProxy's own directory. */
    balancer: `${run}/balancer`,
    /** Requests that come in here go to a replica. */
    openFront: `${run}/balancer/fastcgi.sock`,
    /** Requests that come in here wait, or are answered in maintenance (units/haproxy.lua). */
    closedFront: `${run}/balancer/closed.sock`,
    /** HTTP that comes in here goes to the web server of a replica, where replicas have one. */
    webFront: `${run}/balancer/web.sock`,
    /** Where HAProxy itself takes requests for PHP whose own replica has crashed. */
    ownFront: `${run}/balancer/own.sock`,
    /** Where the web server of replica N reaches PHP: a way through HAProxy that leads to its own replica as long as that can be had. */
    ownPhp: (slot: number | string) => `${run}/php/${slot}`,
    ownPhpSocket: (slot: number | string) => `${run}/php/${slot}/fastcgi.sock`,
    /** Has the socket to which PHP brings its mail. */
    mail: `${run}/mail`,
    /** Who has its lock has a large message (units/hand-mail.pl). */
    largeMail: `${run}/mail/large`,
    /** Root's alone: everybody may write to what lies in it, as to /dev/shm. */
    private: `${run}/private`,
    /** What the site's processes see as /dev/shm, a file system of the site's own. */
    shm: `${run}/private/shm`,
    /** The gates: HAProxy reaches replica N through serving/N, which exists only while N serves. */
    gates: `${run}/serving`,
    gate: (slot: number | string) => `${run}/serving/${slot}`,
    /** Where the site's own HAProxy is led for a side, as the web server is by `front`. */
    sideFront: (side: Side) => `${state}/front-${side}`,
    /** Requests that come in here go to a replica of that side. */
    openSide: (side: Side) => `${run}/balancer/${side}.sock`,
    /** Requests that come in here for that side wait, or are answered in maintenance. */
    closedSide: (side: Side) => `${run}/balancer/closed-${side}.sock`,
    /** The gate of a replica to its side. */
    sideGate: (of: `${Side}${number}`) => `${run}/serving/${of}`,
    /** Which releases the site's own HAProxy may send visitors to (units/http.lua): a file for each replica. */
    offers: `${run}/offered`,
    offer: (slot: number) => `${run}/offered/${slot}`,
    /** There while visitors stay with a release. */
    sticky: `${run}/offered/sticky`,
    /** The generation that nobody loads a page of any more. */
    leaving: `${run}/offered/leaving`,
    /**
     * The marks of held slots: while a slot has one, its unit does not put the replica into the balancer. The mark's text says
     * why.
     */
    slotHolds: `${run}/held`,
    slotHold: (slot: number | string) => `${run}/held/${slot}`,
    /**
     * For the web server: links to the release whose static files are asked for first, and to the one whose come second, since its
     * pages are still being read.
     */
    staticFiles: `${run}/static`,
    formerStaticFiles: `${run}/static.previous`,
    /** Until the time that stands in this file, requests to `closedFront` wait (units/haproxy.lua). */
    requestHold: `${run}/hold`,
    /** What HAProxy answers requests to `closedFront` with. */
    maintenance: `${state}/maintenance`,
    /** The name that a rename gives the site, from the rename's beginning to its end. */
    newName: `${state}/new-name`,
    /** A file system of the site's own, in which nobody follows a link: the replicas' sockets, which the site's user makes. */
    replicas: `${run}/replicas`,
    replica: (slot: number | string) => `${run}/replicas/${slot}`,
    socket: (slot: number | string) => `${run}/replicas/${slot}/fpm.sock`,
    webSocket: (slot: number | string) => `${run}/replicas/${slot}/http.sock`,
    statusSocket: (slot: number | string) => `${run}/replicas/${slot}/status.sock`,
    /** A generation is a release with its configuration: written once, never changed. */
    generations: `${state}/generations`,
    generation: (id: string) => `${state}/generations/${id}`,
    /** The pin: a link to the generation that replica N takes when it starts. */
    pins: `${state}/slots`,
    pin: (slot: number | string) => `${state}/slots/${slot}`,
    /** Links to generations: the one that the site comes back on, and the one that a rollback leads to. */
    promoted: `${state}/promoted`,
    previous: `${state}/previous`,
    /** The record of the last roll, which is there while the roll runs too. */
    lastRoll: `${state}/roll.json`,
    /** The same where that could not be written. */
    lastRollAside: `${run}/roll.json`,
    /** The hash of what the host has PHP load and set, as the site's last roll found it good. */
    acceptedPhp: `${state}/accepted-php`,
    /** The hash of the host's php.ini, and the files beside it, as all replicas that served had read them. */
    servedPhpIni: `${state}/served-php-ini`,
    /** How exposed systemd finds the unit of the site's replicas. */
    exposure: `${state}/exposure.json`,
    /** The events of the last roll, start or stop of the site, a line of JSON each, for `php-zd follow` and the like. */
    rollLog: `${run}/roll.jsonl`,
    /** That the roll of the last reload has settled itself: the exit status of that. */
    settled: `${run}/settled`,
    /** There while a roll is asked for that is to go to what was promoted, wherever the link leads by then. */
    asPromoted: `${run}/as-promoted`,
    /** The history: a line of JSON for each roll. */
    history: `${state}/history.jsonl`,
    /** Where a replica sees its own php-fpm.conf and its php.ini lines, whatever its generation is. */
    fpmConfig: `${state}/php-fpm.conf`,
    phpIni: `${state}/php`,
    /** Where a replica's web server sees its configuration, what the operator adds to that, and what is the replica's own of it. */
    webConfig: `${state}/web.conf`,
    webInclude: `${state}/web-include.conf`,
    webOwn: `${state}/web-own.conf`,
    /** What the configuration of replica N's web server has of its own: its sockets. */
    webSlot: (slot: number | string) => `${state}/web/${slot}.conf`,
    /** Where a replica sees which directory its release is: when it was made, and its inode. */
    identity: `${state}/identity`,
    /** Where a replica sees what makes its environment. */
    environment: `${state}/environment.sh`,
    /**
     * Directories with the configuration that a command in a replica's view gets, each there while its command runs. Root's
     * alone.
     */
    views: `${run}/views`,
    view: (id: string) => `${run}/views/${id}`,
    /** Where a command in a replica's view finds the php of the site's version: this directory is the first in its PATH. */
    phpProgram: `${state}/bin/php`,
    /** A directory for each user that the site has run as, since one user's files are of no use to another. */
    tmp: (user: string) => `${state}/tmp/${user}`,
    sessions: (user: string) => `${state}/sessions/${user}`,
    home: (user: string) => `${state}/home/${user}`,
    /** Where the drill's script notes what it ran, and where a replica sees the directory of its user. */
    notes: (user: string) => `${state}/notes/${user}`,
    ownNotes: `${state}/notes`,
    balancerConfig: `${paths.balancerConfigs}/${site}.cfg`,
    /** The HAProxies of the operator's that balance the site's replicas too, for a site that has such. */
    ownHaproxies: `${paths.balancerConfigs}/${site}${OWN_HAPROXIES}`,
    unit: `${paths.units}/php-zd-fpm-${site}@.service`,
    admitUnit: `${paths.units}/php-zd-admit-${site}@.service`,
    webUnit: `${paths.units}/php-zd-web-${site}@.service`,
    webSlotUnit: (slot: number) => `${paths.units}/${webUnit(site, slot)}`,
    gateUnit: `${paths.units}/php-zd-gate-${site}@.service`,
    servicesUnit: `${paths.units}/${servicesUnit(site)}`,
    /**
     * The unit file of a single slot, which systemd takes instead of the template: for a replica whose generation was made from
     * another configuration.
     */
    slotUnit: (slot: number) => `${paths.units}/${replicaUnit(site, slot)}`,
    /** A drop-in of the site's own unit. */
    mountsNeeded: `${paths.units}/${siteUnit(site)}.d/50-mounts.conf`,
    httpSocket: `${paths.units}/${httpSocketUnit(site)}`,
    mailSocket: `${paths.units}/${mailSocketUnit(site)}`,
    mailUnit: `${paths.units}/${mailUnit(site, '')}`,
    /** What the site's own HAProxy runs on. */
    httpConfig: `${state}/http.cfg`,
    /** `httpSocket` and `httpConfig` as they were when the units that read them were last told. */
    toldHttpSocket: `${run}/http.socket`,
    toldHttpConfig: `${run}/http.cfg`,
    slice: `${paths.units}/${sliceUnit(site)}`,
    tmpfiles: `${paths.tmpfiles}/php-zd-${site}.conf`,
    /** Directories in `replicas`, for systemd-tmpfiles once that is mounted. */
    replicaDirectories: `${state}/replicas.conf`,
    replicasMount: `${paths.units}/${replicasMountUnit(site)}`,
    shmMount: `${paths.units}/${shmMountUnit(site)}`,
  } as const;
};
export type SitePaths = ReturnType<typeof makePaths>;

/** The units of web servers, and where each has its configuration. */
export const webServerDirectories = {
  nginx: '/etc/nginx',
  apache2: '/etc/apache2',
  caddy: '/etc/caddy',
  lighttpd: '/etc/lighttpd',
} as const;
