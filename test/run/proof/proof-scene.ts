import { sitePaths } from '../../../src/base/paths.ts';
import type { Event } from '../../../src/run/site/events.ts';
import type { Ports } from '../../../src/run/site/ports.ts';
import { type SiteRun, siteRun } from '../../../src/run/site/site-run.ts';
import type { Health, Site, Warmup } from '../../../src/site/site.ts';
import { FakeAcceptQueue } from '../../fakes/fake-accept-queue.ts';
import { FakeBalancer } from '../../fakes/fake-balancer.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { FakeCommands } from '../../fakes/fake-commands.ts';
import { FakeFiles } from '../../fakes/fake-files.ts';
import { FakeHaproxies } from '../../fakes/fake-haproxies.ts';
import { FakeLog } from '../../fakes/fake-log.ts';
import { FakePhpFpm, type FakePool, type FakeScript } from '../../fakes/fake-php-fpm.ts';
import { FakeProcesses } from '../../fakes/fake-processes.ts';
import { FakeSystemd } from '../../fakes/fake-systemd.ts';
import { FakeWebServers } from '../../fakes/fake-web-servers.ts';
import { hostOf, shopHost } from '../../site/host.ts';
import { shopSite } from '../../site/shop-site.ts';
import { BEGINNING } from './beginning.ts';

const paths = sitePaths('shop');
export const MOUNT = '/srv/shop/releases/.shop.live';
export const INDEX = `${MOUNT}/public/index.php`;
export const OPCACHE = `${paths.phpIni}/opcache.php`;
export const UNIT = 'php-zd-fpm-shop@1.service';

export const health: Health = {
  path: '/health',
  status: 200,
  body: undefined,
  headers: new Map(),
  passes: 2,
  intervalMs: 100,
  soakMs: 0,
  deadlineMs: 1_000,
};

const noWarmup: Warmup = { paths: [], count: 1, concurrency: 2, isRequired: false, opcache: false, deadlineMs: 10_000 };

const shop: Site = { ...shopSite('replicas = 1\n[pool]\npm.max_children = 2\n'), health, warmup: noWarmup };

export interface ProofOptions {
  readonly health?: Health | undefined;
  readonly warmup?: Partial<Warmup>;
}

/** A replica in slot 1 that is to be proven, and one in slot 2 that serves. */
export class ProofScene {
  readonly balancer = new FakeBalancer({ shop: ['1', '2'] });
  readonly clock = new FakeClock(1_000_000);
  readonly commands = new FakeCommands({ journalctl: () => BEGINNING });
  readonly log = new FakeLog();
  readonly files = new FakeFiles();
  readonly fpm = new FakePhpFpm();
  readonly processes = new FakeProcesses();
  readonly systemd = new FakeSystemd();
  readonly events: Event[] = [];
  readonly run: SiteRun;

  readonly web = new FakeWebServers();

  constructor(options: ProofOptions = {}) {
    const { balancer, clock, commands, files, fpm, log, processes, systemd } = this;
    const acceptQueue = new FakeAcceptQueue();
    const host = hostOf(shopHost);
    const ports: Ports = {
      balancer,
      haproxies: new FakeHaproxies(),
      clock,
      commands,
      log,
      files,
      fpm,
      web: this.web,
      systemd,
      acceptQueue,
      processes,
      host,
      program: '/bin/php-zd',
      node: '18.20.4',
      isRoot: true,
    };
    const site = { ...shop, ...options, warmup: { ...noWarmup, ...options.warmup } };
    this.run = siteRun(site, ports, event => this.events.push(event));
    balancer.mark('shop', '1', false);
  }

  serve(slot: number, scripts: Readonly<Record<string, FakeScript>>): FakePool {
    return this.fpm.serve({ socket: paths.socket(slot), scripts: new Map(Object.entries(scripts)) });
  }

  /** Its unit is active, and its master sees what generation g1 was made of: /srv/shop/releases/41. */
  async start(): Promise<void> {
    const { files, systemd } = this;
    const generation = paths.generation('g1');
    await files.makeDirectory('/srv/shop/releases/41');
    await files.makeDirectory(`${generation}/php`);
    const meta = {
      release: '/srv/shop/releases/41',
      mount: MOUNT,
      user: 'shop',
      maxChildren: 8,
      replicas: 2,
      link: '/srv/shop/current',
      releases: '/srv/shop/releases',
    };
    await files.write(`${generation}/generation.json`, JSON.stringify({ format: 1, ...meta }));
    systemd.add('php-zd-fpm-shop@.service');
    await systemd.start(UNIT);
    systemd.set(UNIT, { activeSince: this.clock.now() });
    const { mainPid } = await systemd.unit(UNIT);
    files.startProcess(mainPid, { [MOUNT]: meta.release, [paths.phpIni]: `${generation}/php` });
  }

  /** What the replica logged: milliseconds after it was ready, the text, and by what way, FPM's standard error unless it is written. */
  logs(entries: readonly (readonly [ms: number, text: string, transport?: string])[]): void {
    const told = (args: readonly string[]): string => {
      const value = (name: string) => args.find(arg => arg.startsWith(`${name}=`))?.slice(name.length + 1);
      const [until, since] = [Number(value('--until')?.slice(1) ?? Infinity), Number(value('--since')?.slice(1) ?? 0)];
      const isIn = (ms: number) => (1_000_000 + ms) / 1_000 <= until && (1_000_000 + ms) / 1_000 >= since;
      const way = value('_TRANSPORT');
      return [[-10, BEGINNING.trim()] as const, ...entries]
        .filter(([ms, text, transport = 'stdout']) => {
          return isIn(ms) && (way ?? transport) === transport && new RegExp(value('--grep') ?? '').test(text);
        })
        .slice(-Number(value('--lines')))
        .map(([, text]) => `${text}\n`)
        .join('');
    };
    this.commands.programs.set('journalctl', ({ args }) => told(args));
  }
}
