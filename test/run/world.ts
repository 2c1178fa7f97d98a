import { replicaUnit, sitePaths, slotOfUnit } from '../../src/base/paths.ts';
import type { FileIdentity } from '../../src/ports/files.ts';
import type { FpmAnswer } from '../../src/ports/php-fpm.ts';
import type { Event } from '../../src/run/events.ts';
import { keepApplied, loadSite } from '../../src/run/load-site.ts';
import type { Ports } from '../../src/run/ports.ts';
import { type SiteRun, siteRun } from '../../src/run/site-run.ts';
import { startSite } from '../../src/run/start.ts';
import { FakeAcceptQueue } from '../fakes/fake-accept-queue.ts';
import { FakeBalancer } from '../fakes/fake-balancer.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { FakeCommands } from '../fakes/fake-commands.ts';
import { FakeFiles } from '../fakes/fake-files.ts';
import { FakePhpFpm, type FakePool } from '../fakes/fake-php-fpm.ts';
import { FakeSystemd } from '../fakes/fake-systemd.ts';
import { hostOf, shopHost } from '../site/host.ts';

export const release = (name: string): string => `/srv/shop/releases/${name}`;
const INDEX = '/srv/shop/releases/shop.live/public/index.php';
const paths = sitePaths('shop');

const siteText = (lines = ''): string => `[site]
release = /srv/shop/current
user = shop
[health]
path = /health
interval = 100ms
deadline = 1s
${lines}`;

/** What a process sees at its mount point is what its slot was bound to when it started. */
class WorldFiles extends FakeFiles {
  readonly bound = new Map<number, string>();
  pids: () => ReadonlyMap<number, number> = () => new Map();

  override async identityInProcess(pid: number, path: string): Promise<FileIdentity | undefined> {
    const slot = this.pids().get(pid);
    const bound = slot === undefined ? undefined : this.bound.get(slot);
    return path.startsWith('/srv') && bound !== undefined ? this.identity(bound) : undefined;
  }
}

/** A host with one site, all of it in memory. Nothing in it takes time but what somebody sleeps. */
export class World {
  readonly systemd = new FakeSystemd();
  readonly balancer = new FakeBalancer({ shop: ['1', '2'] });
  readonly fpm = new FakePhpFpm();
  readonly files = new WorldFiles();
  readonly clock = new FakeClock(1_000_000);
  readonly acceptQueue = new FakeAcceptQueue();
  readonly commands = new FakeCommands({
    'systemd-tmpfiles': () => '',
    haproxy: () => '',
    '/usr/sbin/php-fpm8.2': () => '',
  });
  readonly events: Event[] = [];
  readonly ports: Ports;
  /** What each release answers on its health path. */
  readonly health = new Map<string, Partial<FpmAnswer>>();
  readonly pools = new Map<number, FakePool>();
  /** Called before each start of a replica; a result other than undefined is how the job ends. */
  onStart: (slot: number, release: string) => string | undefined = () => undefined;

  constructor() {
    const { systemd, balancer, fpm, files, clock, acceptQueue, commands } = this;
    const directories = Object.fromEntries(['41', '42', '43'].map(name => [release(name), release(name)]));
    const host = hostOf({
      ...shopHost,
      files: Object.keys(directories).map(directory => `${directory}/public/index.php`),
      directories: { ...shopHost.directories, ...directories },
    });
    this.ports = { systemd, balancer, fpm, files, clock, acceptQueue, commands, host, program: '/usr/bin/php-zd' };
    systemd.add('php-zd-fpm-shop@.service', {
      onStart: unit => this.#start(slotOfUnit('shop', unit) ?? 0),
      onStop: unit => this.kill(slotOfUnit('shop', unit) ?? 0),
    });
    systemd.add('php-zd-haproxy.service', { onReload: () => balancer.reload() });
    balancer.check = (_, server) => this.isReachable(Number(server));
    files.pids = () => this.#pids;
  }

  #pids = new Map<number, number>();

  async #start(slot: number): Promise<string | undefined> {
    const bound = (await this.files.resolve(paths.pin(slot))) ?? '';
    const result = this.onStart(slot, bound);
    if (result !== undefined) return result;
    this.files.bound.set(slot, bound);
    this.#gates.add(slot);
    this.pools.set(
      slot,
      this.fpm.serve({
        socket: paths.socket(slot),
        statusSocket: paths.statusSocket(slot),
        scripts: new Map([[INDEX, () => this.health.get(bound) ?? { status: 200, body: 'well' }]]),
      }),
    );
    return undefined;
  }

  /** The master ends, however. */
  kill(slot: number): undefined {
    this.pools.get(slot)?.die();
    this.pools.delete(slot);
  }

  readonly #gates = new Set<number>();
  #open: ReadonlySet<number> = new Set();

  /** As HAProxy's check sees it: through the gate, to a master that lives. */
  isReachable(slot: number): boolean {
    return this.#open.has(slot) && this.pools.has(slot);
  }

  /** Gates and main processes as they are now, for the fakes that cannot wait for an answer. */
  async look(): Promise<void> {
    const open = new Set<number>();
    for (const slot of this.#gates) if ((await this.files.readLink(paths.gate(slot))) !== undefined) open.add(slot);
    this.#open = open;
    const pids = new Map<number, number>();
    for (const slot of this.#gates) pids.set((await this.systemd.unit(replicaUnit('shop', slot))).mainPid, slot);
    this.#pids = pids;
  }

  /** A started site on release 41, with two replicas. */
  static async serving(lines = ''): Promise<{ readonly world: World; readonly run: SiteRun }> {
    const world = new World();
    await world.write('/etc/php-zd/sites/shop.ini', siteText(lines));
    for (const name of ['41', '42', '43']) await world.files.makeDirectory(release(name));
    // What systemd-tmpfiles would make.
    for (const directory of [paths.gates, paths.holds]) await world.files.makeDirectory(directory);
    await world.linkTo('41');
    const run = await world.load();
    if (!(await startSite(run.run, run.loaded)))
      throw new Error(`the world did not start: ${JSON.stringify(world.events.slice(-4))}`);
    world.events.length = 0;
    return { world, run: run.run };
  }

  async load() {
    const looking = <Port extends object>(port: Port): Port =>
      new Proxy(port, {
        get: (target, name) => {
          const value = Reflect.get(target, name);
          if (typeof value !== 'function') return value;
          return async (...args: unknown[]) => {
            await this.look();
            return value.apply(target, args);
          };
        },
      });
    const ports = {
      ...this.ports,
      balancer: looking<Ports['balancer']>(this.balancer),
      files: this.files,
      systemd: looking<Ports['systemd']>(this.systemd),
    };
    const loaded = await loadSite(ports, 'shop');
    await keepApplied(ports, loaded);
    const run = siteRun(loaded.site, ports, event => this.events.push(event));
    return { run, loaded };
  }

  async write(path: string, text: string): Promise<void> {
    await this.files.makeDirectory(path.slice(0, path.lastIndexOf('/')));
    await this.files.write(path, text);
  }

  linkTo(name: string): Promise<void> {
    return this.files.link('/srv/shop/current', release(name));
  }

  /** Which release each replica runs, and whether it takes requests. */
  async picture(): Promise<readonly string[]> {
    await this.look();
    const servers = await this.balancer.servers('shop');
    return [1, 2].map(slot => {
      const server = servers.find(each => each.server === String(slot));
      return `${slot}: ${this.pools.has(slot) ? this.files.bound.get(slot) : 'down'} ${server?.status}`;
    });
  }

  kinds(): readonly string[] {
    return this.events.map(({ kind }) => kind);
  }
}
