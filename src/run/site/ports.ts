import type { AcceptQueue } from '../../ports/accept-queue.ts';
import type { Balancer } from '../../ports/balancer.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Commands } from '../../ports/commands.ts';
import type { Files } from '../../ports/files.ts';
import type { Haproxies } from '../../ports/haproxies.ts';
import type { Host } from '../../ports/host.ts';
import type { Log } from '../../ports/journal.ts';
import type { PhpFpm } from '../../ports/php-fpm.ts';
import type { Processes } from '../../ports/processes.ts';
import type { Systemd } from '../../ports/systemd.ts';
import type { WebServers } from '../../ports/web.ts';

/** All that run/ needs of the world. */
export interface Ports {
  readonly systemd: Systemd;
  readonly balancer: Balancer;
  /** The operator's own. */
  readonly haproxies: Haproxies;
  readonly fpm: PhpFpm;
  /** The replicas' own web servers. */
  readonly web: WebServers;
  readonly acceptQueue: AcceptQueue;
  readonly processes: Processes;
  readonly files: Files;
  readonly commands: Commands;
  readonly log: Log;
  readonly host: Host;
  readonly clock: Clock;
  /** The absolute path of the php-zd that the units call. */
  readonly program: string;
  /** The version of the Node.js that runs php-zd. */
  readonly node: string;
  /** Whether php-zd runs as root, and so may ask systemd to run something as a site's user. */
  readonly isRoot: boolean;
}
