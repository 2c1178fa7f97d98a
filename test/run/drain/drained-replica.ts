import { replicaUnit, sitePaths } from '../../../src/base/paths.ts';
import type { FpmRequest } from '../../../src/ports/php-fpm.ts';
import type { Event } from '../../../src/run/site/events.ts';
import type { Ports } from '../../../src/run/site/ports.ts';
import { type SiteRun, siteRun } from '../../../src/run/site/site-run.ts';
import { holdSlot } from '../../../src/run/slots/hold.ts';
import { parseSite } from '../../../src/site/parse.ts';
import type { Drain } from '../../../src/site/site.ts';
import { FakeAcceptQueue } from '../../fakes/fake-accept-queue.ts';
import { FakeBalancer } from '../../fakes/fake-balancer.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { FakeCommands } from '../../fakes/fake-commands.ts';
import { FakeFiles } from '../../fakes/fake-files.ts';
import { FakeHaproxies } from '../../fakes/fake-haproxies.ts';
import { FakeLog } from '../../fakes/fake-log.ts';
import { FakePhpFpm } from '../../fakes/fake-php-fpm.ts';
import { FakeProcesses } from '../../fakes/fake-processes.ts';
import { FakeSystemd } from '../../fakes/fake-systemd.ts';
import { FakeWebServers } from '../../fakes/fake-web-servers.ts';
import { hostOf, shopHost } from '../../site/host.ts';

export const SLOT = 3;
export const UNIT = replicaUnit('shop', SLOT);
export const TIMER = `php-zd-park@shop:${SLOT}.timer`;
export const SERVICE = `php-zd-park@shop:${SLOT}.service`;
export const SCRIPT = '/srv/shop/live/shop/index.php';

const paths = sitePaths('shop');
const file = '/etc/php-zd/sites/shop.ini';
const text = '[site]\nrelease = /srv/shop/current\nuser = shop\n';

const siteWith = (drain: Drain) => {
  const parsed = parseSite({ name: 'shop', file, text, defaults: undefined, host: hostOf(shopHost) });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return { ...parsed.site, drain };
};

/** One replica that runs and that the balancer gives no more requests, held by a roll; all in memory. */
export class DrainedReplica {
  readonly systemd = new FakeSystemd();
  readonly files = new FakeFiles();
  readonly processes = new FakeProcesses();
  readonly clock = new FakeClock(1_000_000);
  readonly balancer = new FakeBalancer({ shop: [String(SLOT)] });
  readonly events: Event[] = [];
  readonly run: SiteRun;
  readonly ports: Ports;
  readonly #fpm = new FakePhpFpm();
  #answer: (answer: object) => void = () => {};
  #isAnswered: Promise<unknown> = Promise.resolve();

  private constructor(drain: Drain) {
    this.ports = {
      systemd: this.systemd,
      files: this.files,
      clock: this.clock,
      fpm: this.#fpm,
      web: new FakeWebServers(),
      balancer: this.balancer,
      haproxies: new FakeHaproxies(),
      acceptQueue: new FakeAcceptQueue(),
      processes: this.processes,
      commands: new FakeCommands(),
      log: new FakeLog(),
      host: hostOf(shopHost),
      program: '/usr/bin/php-zd',
      node: '18.20.4',
      isRoot: true,
    };
    this.run = siteRun(siteWith(drain), this.ports, event => this.events.push(event));
    for (const unit of [UNIT, TIMER, SERVICE]) this.systemd.add(unit);
  }

  static async started(onTimeout: Drain['onTimeout'] = 'abort'): Promise<DrainedReplica> {
    const replica = new DrainedReplica({ timeoutMs: 1_000, onTimeout, parkTimeoutMs: 3_600_000, daemons: [] });
    await replica.files.makeDirectory(paths.slotHolds);
    await replica.files.makeDirectory(paths.replica(SLOT));
    await replica.files.write(paths.statusSocket(SLOT), '');
    await replica.files.link(paths.pin(SLOT), '../generations/one');
    await holdSlot(replica.run, SLOT, 'roll');
    await replica.systemd.start(UNIT);
    replica.#listen();
    replica.systemd.asked.length = 0;
    return replica;
  }

  /** A request that its script answers when `finish` is called. */
  begin(request: Partial<FpmRequest> = {}): void {
    const asked = {
      scriptFilename: SCRIPT,
      documentRoot: '/',
      uri: '/a?b',
      method: 'GET',
      headers: new Map(),
      ...request,
    };
    this.#isAnswered = this.#fpm.request(paths.socket(SLOT), asked, { deadlineMs: 3_600_000 });
  }

  async finish(): Promise<void> {
    this.#answer({});
    await this.#isAnswered;
  }

  /** Whether anything says that there is a replica in the slot. */
  async isSlotFree(): Promise<boolean> {
    const files = [paths.pin(SLOT), paths.slotHold(SLOT), paths.gate(SLOT)];
    const left = await Promise.all(
      files.map(async path => (await this.files.readLink(path)) ?? (await this.files.read(path))),
    );
    return left.every(found => found === undefined);
  }

  async stateOf(unit: string): Promise<string> {
    return (await this.systemd.unit(unit)).activeState;
  }

  #listen(): void {
    const answer = () => new Promise<object>(resolve => (this.#answer = resolve));
    const sockets = { socket: paths.socket(SLOT), statusSocket: paths.statusSocket(SLOT) };
    this.#fpm.serve({ ...sockets, scripts: new Map([[SCRIPT, answer]]) });
  }
}
