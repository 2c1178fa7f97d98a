import { basename, dirname } from 'node:path';
import {
  paths as hostPaths,
  replicasMountUnit,
  replicaUnit,
  SIDES,
  shmMountUnit,
  sideBackend,
  sitePaths,
  slotOfUnit,
} from '../../src/base/paths.ts';
import type { FpmAnswer } from '../../src/ports/php-fpm.ts';
import type { UnitState } from '../../src/ports/systemd.ts';
import { lastHookVariables } from '../../src/report/hook-variables.ts';
import { loadPromotedOrSite, loadSiteOrPromoted } from '../../src/run/generation/site-or-promoted.ts';
import type { RollOutcome } from '../../src/run/receipt/outcome.ts';
import type { LastRoll } from '../../src/run/record/last-roll.ts';
import { admitReplica, drainReplica } from '../../src/run/replica/own-unit.ts';
import { rollSite } from '../../src/run/roll/roll.ts';
import { settleSite } from '../../src/run/roll/settle.ts';
import { startSite } from '../../src/run/roll/start.ts';
import { loadSiteToRun } from '../../src/run/site/environment.ts';
import type { Event } from '../../src/run/site/events.ts';
import type { LoadedSite } from '../../src/run/site/load-site.ts';
import type { Ports } from '../../src/run/site/ports.ts';
import { namedRun, type SiteRun, siteRun } from '../../src/run/site/site-run.ts';
import { runLastHook } from '../../src/run/transient/roll-hooks.ts';
import type { DirectoryRights, Host } from '../../src/site/host.ts';
import { FakeAcceptQueue } from '../fakes/fake-accept-queue.ts';
import { FakeBalancer } from '../fakes/fake-balancer.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { FakeCommands, type FakeProgram } from '../fakes/fake-commands.ts';
import { FakeFiles } from '../fakes/fake-files.ts';
import { FakeHaproxies } from '../fakes/fake-haproxies.ts';
import { FakeLog } from '../fakes/fake-log.ts';
import { FakePhpFpm, type FakePool } from '../fakes/fake-php-fpm.ts';
import { FakeProcesses } from '../fakes/fake-processes.ts';
import { FakeSystemd } from '../fakes/fake-systemd.ts';
import { FakeWebServers } from '../fakes/fake-web-servers.ts';
import { hostOf, shopHost } from '../site/host.ts';
import { BEGINNING } from './proof/beginning.ts';

export const RELEASES = '/srv/shop/releases';
export const release = (name: string): string => `${RELEASES}/${name}`;
export const paths = sitePaths('shop');

/** What the site file says: keys of [site], and further sections. */
export interface SiteText {
  readonly site?: Readonly<Record<string, string | number>>;
  /** The version of PHP: 8.2 or 8.4. */
  readonly php?: string;
  readonly more?: string;
}

const siteText = ({ site = {}, php = '8.2', more = '' }: SiteText): string => {
  const keys = Object.entries({ release: '/srv/shop/current', user: 'shop', ...site });
  const health = '[health]\npath = /health\ninterval = 100ms\ndeadline = 1s';
  return `[site]\n${keys.map(pair => `${pair.join(' = ')}\n`).join('')}[php]\nversion = ${php}\n${health}\n${more}`;
};

/** A gate is open while its link is there: HAProxy's checks want to know it at once. */
class WorldFiles extends FakeFiles {
  readonly openGates = new Set<string>();

  override async link(path: string, target: string, uid?: number): Promise<void> {
    await super.link(path, target, uid);
    if (path.startsWith(`${paths.gates}/`)) this.openGates.add(path);
  }

  onRemove: (path: string) => void = () => undefined;

  override async remove(path: string): Promise<void> {
    await super.remove(path);
    this.openGates.delete(path);
    this.onRemove(path);
  }
}

/** Tells of every new main process, and when systemd reads its files. */
class WorldSystemd extends FakeSystemd {
  onProcess: (unit: string, pid: number) => void = () => undefined;
  onDaemonReload: () => Promise<void> = async () => undefined;

  override set(unit: string, change: Partial<UnitState>): void {
    if (change.mainPid !== undefined && change.mainPid !== 0) this.onProcess(unit, change.mainPid);
    super.set(unit, change);
  }

  override async daemonReload(): Promise<void> {
    await super.daemonReload();
    await this.onDaemonReload();
  }
}

/** A master that runs. */
interface RunningReplica {
  readonly pool: FakePool;
  readonly release: string;
  /** The text of the unit that it was started by. */
  readonly unit: string;
  /** What is bound where, as that unit says. */
  readonly mounts: Readonly<Record<string, string>>;
}

let lastPid = 90_000;

const withBeginning =
  (say: FakeProgram): FakeProgram =>
  run =>
    run.args.some(arg => arg.startsWith('--grep=')) ? BEGINNING : say(run);

/** A host with one site, all of it in memory. Nothing in it takes time but what somebody sleeps. */
export class World {
  readonly systemd = new WorldSystemd();
  readonly balancer = new FakeBalancer();
  readonly fpm = new FakePhpFpm();
  readonly haproxies = new FakeHaproxies();
  readonly web = new FakeWebServers();
  readonly files = new WorldFiles();
  readonly clock: FakeClock;
  readonly acceptQueue = new FakeAcceptQueue();
  readonly processes = new FakeProcesses();
  readonly commands = new FakeCommands({
    haproxy: () => '',
    find: () => '',
    stat: () => ({ status: 1, output: '' }),
    // What the site's user comes to: the release, and each path of [shared]; and which of the files after them that user may not read.
    '/bin/sh': ({ args: [, release = '', , ...more] }) => {
      const end = more.indexOf('php-ini');
      const found = [release, ...more.slice(0, end)].map(path => `1700000000 ${this.files.inodeOf(path)}\n`);
      const closed = more.slice(end + 1).map((path, at) => (this.closed.has(path) ? `closed ${at}\n` : ''));
      return [...found, ...closed].join('');
    },
    // The scripts that move a release, and that remove one.
    sh: ({ args: [, , , , name = '', to] }) => {
      if (to === undefined) void this.removeRelease(name);
      else this.#moveRelease(name, to);
      return '';
    },
    journalctl: withBeginning(() => ''),
    'systemd-run': run => this.onService(run),
    '/usr/sbin/php-fpm8.2': () => '',
    '/usr/sbin/php-fpm8.4': () => '',
  });
  readonly events: Event[] = [];
  readonly emit = (event: Event): void => void this.events.push(event);
  readonly ports: Ports;
  readonly replicas = new Map<number, RunningReplica>();
  /** Files of the host's php.ini that the site's user may not read. */
  readonly closed = new Set<string>();
  /** What each release answers on its health path. */
  readonly health = new Map<string, Partial<FpmAnswer>>();
  /** When a directory was made, in seconds. */
  readonly made = new Map<string, number>();
  /** Called before each start of a replica; a result other than undefined is how the job ends. */
  onStart: (slot: number, release: string) => string | undefined = () => undefined;
  /** What the host has besides PHP-FPM. */
  readonly programs: string[] = [];
  /** Path of a directory of the site's -> its user. */
  readonly owners = new Map<string, string>();
  /** Of directories that are not 0755 and root's. */
  readonly rights = new Map<string, DirectoryRights>();
  /** Of users that no site has. */
  readonly userNames = new Map<number, string>();
  /** What /etc/shop/env says to the site's user; an error: that he may not read it. */
  variables: ReturnType<FakeProgram> = '';
  /** A service of systemd-run(1). */
  onService: FakeProgram = ({ args, env }) => {
    if (args.includes('head')) return this.variables;
    const [program = '', ...words] = args.slice(args.lastIndexOf('--') + 1);
    return this.commands.programs.get(program)?.({ program, args: words, env }) ?? '';
  };
  readonly #directories: Record<string, string>;
  /** The reload that a roll, and the settle after it, are part of. */
  #reload = 0;
  readonly #scripts = ['/etc/shop/env', ...['41', '42', '43'].map(name => `${release(name)}/public/index.php`)];
  /** Unit files as systemd read them last. */
  readonly #units = new Map<string, string>();

  constructor(clock = new FakeClock(1_000_000)) {
    this.clock = clock;
    const { systemd, balancer, fpm, files, acceptQueue, commands } = this;
    this.#directories = Object.fromEntries(['41', '42', '43'].map(name => [release(name), release(name)]));
    const { '/srv/shop/current': _, ...fixedDirectories } = shopHost.directories;
    const directories = Object.assign(this.#directories, fixedDirectories);
    const fixed = hostOf({
      users: { ...shopHost.users, store: { uid: 1002, gid: 1002, group: 'store' } },
      groups: { ...shopHost.groups, store: { gid: 1002 } },
      php: [...shopHost.php, { binary: '/usr/sbin/php-fpm8.4', version: '8.4' }],
      files: this.#scripts,
      directories,
    });
    // What was written is followed; what nobody wrote is as it was said above.
    const resolveDirectory = (path: string) =>
      files.resolveDirectory(path) ?? fixed.resolveDirectory(files.resolve(path) ?? path);
    const ownerOf = (path: string) => {
      const owner = this.owners.get(path);
      return owner === undefined ? fixed.ownerOf(path) : fixed.user(owner)?.uid;
    };
    const host: Host = {
      ...fixed,
      ownerOf,
      rightsTo: path => this.rights.get(path) ?? fixed.rightsTo(path),
      userName: uid => this.userNames.get(uid) ?? fixed.userName(uid),
      resolveDirectory,
      isExecutable: path => this.programs.includes(path) || fixed.isExecutable(path),
      isDirectory: path => resolveDirectory(path) !== undefined,
    };
    const run: Ports['commands']['run'] = async (program, args, env) => {
      return await commands.run(program, args, env);
    };
    this.ports = {
      systemd,
      balancer,
      haproxies: this.haproxies,
      fpm,
      web: this.web,
      files,
      clock,
      acceptQueue,
      processes: this.processes,
      commands: { run, hear: (program, args) => run(program, args) },
      log: new FakeLog(),
      host,
      program: '/bin/php-zd',
      node: '18.20.4',
      isRoot: true,
    };
    // A unit whose file is gone is one that systemd has to read anew.
    files.onRemove = path => {
      if (this.#units.has(basename(path))) systemd.set(basename(path), { needDaemonReload: true });
    };
    balancer.unreachable();
    balancer.check = (backend, server) => {
      const side = SIDES.find(each => backend === sideBackend('shop', each));
      const gate = side === undefined ? paths.gate(server) : paths.sideGate(`${side}${Number(server)}`);
      return this.isReachable(Number(server), gate);
    };
    this.#addUnits();
  }

  /** A started site on release 41, with two replicas unless the text says otherwise. */
  static async serving(text: SiteText = {}, clock?: FakeClock): Promise<World> {
    const world = new World(clock);
    await world.serve(text);
    return world;
  }

  /** As `serving`. */
  async serve(text: SiteText): Promise<void> {
    await this.configure(text);
    for (const name of ['41', '42', '43']) await this.files.makeDirectory(release(name));
    await this.linkTo('41');
    await this.files.makeDirectory(paths.balancer);
    for (const socket of [paths.openFront, paths.closedFront]) await this.files.write(socket, '');
    if (!(await this.start())) throw new Error(`the world did not start: ${JSON.stringify(this.events.slice(-4))}`);
    this.forget();
  }

  /** What journalctl says, but to a proof, for which a log has the first line of PHP-FPM and no other. */
  setJournal(say: FakeProgram): void {
    this.commands.programs.set('journalctl', withBeginning(say));
  }

  /** As the unit does it. */
  async start(): Promise<boolean> {
    const loaded = await loadSiteOrPromoted(this.ports, 'shop', this.emit);
    return await startSite(siteRun(loaded.site, this.ports, this.emit), loaded);
  }

  async roll({ ports = this.ports, emit = this.emit, id = 'roll-1' } = {}): Promise<LastRoll['state']> {
    const load = () => loadSiteToRun(ports, 'shop');
    this.#reload += 1;
    return await rollSite(namedRun('shop', ports, emit), {
      id,
      reload: this.#reload,
      readSite: load,
      scratch: '/tmp',
      balancerBase: '/base.cfg',
    });
  }

  async settle({ ports = this.ports } = {}): Promise<RollOutcome> {
    const { site, generation, texts } = await loadPromotedOrSite(ports, 'shop', this.emit);
    const run = { ...siteRun(site, ports, this.emit), generation, texts };
    const { outcome, concluded } = await settleSite(run, this.#reload);
    if (concluded !== undefined) await runLastHook(run, concluded, lastHookVariables(concluded));
    return outcome;
  }

  /** A whole reload to a release, as php-zd@.service does it. */
  async rollTo(name: string, id = `roll-to-${name}`): Promise<RollOutcome> {
    await this.linkTo(name);
    await this.roll({ id });
    return await this.settle();
  }

  async load(): Promise<LoadedSite & { readonly run: SiteRun }> {
    const loaded = await loadSiteToRun(this.ports, 'shop');
    return { ...loaded, run: siteRun(loaded.site, this.ports, this.emit) };
  }

  async configure(text: SiteText): Promise<void> {
    await this.writeSite(siteText(text));
  }

  async writeSite(text: string): Promise<void> {
    await this.files.makeDirectory(hostPaths.sites);
    await this.files.write(`${hostPaths.sites}/shop.ini`, text);
  }

  async linkTo(name: string): Promise<void> {
    if (release(name) in this.#directories) await this.files.makeDirectory(release(name));
    await this.files.link('/srv/shop/current', release(name));
  }

  /** A directory of the host's that is no release. */
  addDirectory(path: string): void {
    this.#directories[path] = path;
  }

  /** Another directory among the releases that has all that one has. */
  addWhole(name: string): void {
    this.addDirectory(release(name));
    this.#scripts.push(`${release(name)}/public/index.php`);
  }

  async removeRelease(name: string): Promise<void> {
    delete this.#directories[release(name)];
    await this.files.removeTree(release(name));
  }

  #moveRelease(name: string, to: string): void {
    delete this.#directories[release(name)];
    this.addDirectory(release(to));
    this.files.move(release(name), release(to));
  }

  /** The master dies, and systemd brings it back, as Restart= of its unit and its gate's unit say. */
  async crash(slot: number): Promise<void> {
    const unit = replicaUnit('shop', slot);
    this.kill(slot);
    this.systemd.set(unit, { activeState: 'activating', subState: 'auto-restart', mainPid: 0 });
    if ((await this.#start(slot)) !== undefined) return;
    lastPid += 1;
    this.systemd.set(unit, { activeState: 'active', subState: 'running', mainPid: lastPid });
  }

  /** The master ends, however. */
  kill(slot: number): void {
    this.replicas.get(slot)?.pool.die();
    this.replicas.delete(slot);
  }

  /** As HAProxy's check sees it: through the gate, to a master that lives. */
  isReachable(slot: number, gate = paths.gate(slot)): boolean {
    return this.files.openGates.has(gate) && this.replicas.has(slot);
  }

  /** The slots that HAProxy gives requests. */
  async serving(): Promise<readonly number[]> {
    const servers = await this.balancer.servers('shop');
    return servers.filter(({ isUp }) => isUp).map(({ server }) => Number(server));
  }

  /** What runs: slot, release, HAProxy's word for it. */
  async picture(): Promise<readonly string[]> {
    const servers = await this.balancer.servers('shop');
    const statusOf = (slot: number) => servers.find(({ server }) => server === String(slot))?.status;
    return [...this.replicas]
      .sort(([a], [b]) => a - b)
      .map(([slot, replica]) => `${slot}: ${replica.release.slice(RELEASES.length + 1)} ${statusOf(slot)}`);
  }

  /** The release of a generation that a link of ours names. */
  async releaseAt(link: string): Promise<string | undefined> {
    return this.files.resolve(`${link}/release`)?.slice(RELEASES.length + 1);
  }

  kinds(): readonly string[] {
    return this.events.map(({ kind }) => kind);
  }

  /** What was said and asked so far is of no interest. */
  forget(): void {
    this.events.length = 0;
    this.systemd.asked.length = 0;
    this.commands.runs.length = 0;
  }

  #addUnits(): void {
    const slotOf = (unit: string) => slotOfUnit('shop', unit) ?? 0;
    this.systemd.add('php-zd-fpm-shop@.service', {
      onStart: unit => this.#start(slotOf(unit)),
      onStop: unit => this.#stop(slotOf(unit)),
    });
    this.systemd.add('php-zd-haproxy.service', {
      onStart: async () => {
        await this.#readBalancerConfig();
        this.balancer.restart();
      },
      onReload: async () => {
        await this.#readBalancerConfig();
        this.balancer.reload();
      },
    });
    this.systemd.add('php-zd-gate-shop@.service', { isOneshot: true });
    this.systemd.add('php-zd-admit-shop@.service', { isOneshot: true });
    for (const unit of [
      'php-zd-hold@.service',
      'php-zd-park@.timer',
      'php-zd-park@.service',
      'php-zd@.service',
      replicasMountUnit('shop'),
      shmMountUnit('shop'),
    ])
      this.systemd.add(unit);
    this.systemd.add('php-zd-directories@.service', { isOneshot: true, onStart: () => this.#makeDirectories() });
    this.systemd.onProcess = (unit, pid) => {
      const replica = this.replicas.get(slotOf(unit));
      if (replica !== undefined) this.files.startProcess(pid, replica.mounts);
    };
    // Releases are directories of the host's, and not of these files.
    const ownDirectories = this.files.directories.bind(this.files);
    this.files.directories = async parent =>
      parent === hostPaths.state ? await ownDirectories(parent) : this.#directoriesIn(parent);
    this.systemd.onDaemonReload = () => this.#readUnits();
  }

  /** A release's name is when it was made, unless told. */
  #directoriesIn(parent: string): ReadonlyMap<string, number> {
    const found = Object.keys(this.#directories).filter(path => dirname(path) === parent);
    return new Map(found.map(path => [basename(path), ((this.made.get(path) ?? Number(basename(path))) + 0.5) * 1000]));
  }

  async #readUnits(): Promise<void> {
    this.#units.clear();
    for (const name of await this.files.list(hostPaths.units)) {
      // A directory of drop-ins.
      if (name.endsWith('.d')) continue;
      this.#units.set(name, (await this.files.read(`${hostPaths.units}/${name}`)) ?? '');
    }
  }

  async #readBalancerConfig(): Promise<void> {
    const text = (await this.files.read(paths.balancerConfig)) ?? '';
    for (const backend of ['shop', ...SIDES.map(side => sideBackend('shop', side))]) {
      const [, of] = text.split(`\nbackend ${backend} from`);
      const [own = ''] = of?.split('\nbackend ') ?? [];
      const servers = [...own.matchAll(/^ {2}server (\d+) /gm)].flatMap(([, server]) => server ?? []);
      if (of !== undefined) this.balancer.configure(backend, servers);
    }
    for (const [, path = ''] of text.matchAll(/^ {2}bind unix@(\S+)/gm))
      await this.files.write(path, '', { mode: 0o660 });
  }

  async #makeDirectories(): Promise<void> {
    const texts = await Promise.all([paths.tmpfiles, paths.replicaDirectories].map(path => this.files.read(path)));
    const text = texts.join('');
    for (const [, path = '', user = ''] of text.matchAll(/^[dD] (\S+) \S+ (\S+)/gm)) {
      await this.files.makeDirectory(path);
      this.owners.set(path, user);
    }
    for (const [, path = '', target = ''] of text.matchAll(/^L (\S+) - - - - (\S+)$/gm)) {
      if ((await this.files.readLink(path)) === undefined) await this.files.link(path, target);
    }
  }

  async #start(slot: number): Promise<string | undefined> {
    const bound = this.files.resolve(`${paths.pin(slot)}/release`);
    if (bound === undefined) return 'assert';
    const unit = this.#units.get(replicaUnit('shop', slot)) ?? this.#units.get(replicaUnit('shop', ''));
    if (unit === undefined) return 'failed';
    const result = this.onStart(slot, bound);
    if (result !== undefined) return result;
    const laid = (await this.files.read(`${paths.pin(slot)}/mounts`)) ?? '';
    const mounts = { ...mountsIn(unit, slot), ...laidIn(laid) };
    const answer = () => this.health.get(bound) ?? { status: 200, body: 'well' };
    const scripts = new Map(Object.keys(mounts).map(path => [`${path}/public/index.php`, answer]));
    const pool = this.fpm.serve({ socket: paths.socket(slot), statusSocket: paths.statusSocket(slot), scripts });
    await this.files.makeDirectory(paths.replica(slot));
    for (const socket of [paths.socket(slot), paths.statusSocket(slot)]) await this.files.write(socket, '');
    this.replicas.set(slot, { pool, release: bound, unit, mounts });
    // What its gate's unit does after it.
    const isHeld = (await this.files.list(paths.slotHolds)).includes(String(slot));
    const isOpen = this.files.openGates.has(paths.gate(slot));
    if (!isHeld && !isOpen) await admitReplica(this.ports, { site: 'shop', slot }, () => undefined);
    return undefined;
  }

  async #stop(slot: number): Promise<void> {
    // What its gate's unit does before it.
    const isOpen = this.files.openGates.has(paths.gate(slot));
    const options = { timeoutMs: 120_000, emit: () => undefined };
    if (isOpen) await drainReplica(this.ports, { site: 'shop', slot }, options);
    this.kill(slot);
  }
}

/** Where a replica sees what, as its unit says: systemd.exec(5), BindPaths=. */
const mountsIn = (unit: string, slot: number): Readonly<Record<string, string>> => {
  const pairs = [...unit.matchAll(/^Bind(?:ReadOnly)?Paths=(.*)$/gm)].flatMap(([, words = '']) => words.split(' '));
  const mounts = pairs.map(pair => pair.replaceAll('%i', String(slot)).split(':'));
  return Object.fromEntries(mounts.map(([source = '', at = source]) => [at, source]));
};

/** What units/lay-mounts.pl adds to that. */
const laidIn = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...text.matchAll(/^r[ow]\t(.*)\t(.*)$/gm)].map(([, at = '', source = '']) => [at, source] as const),
  );
