import type { HaproxySockets } from '../base/own-haproxies.ts';
import { paths } from '../base/paths.ts';
import { type ConfigFile, judgeBackend, type WantedBackend } from './haproxy-config.ts';
import type { Position, Problem } from './problem.ts';
import type { OwnHaproxy, Site } from './site.ts';

/** A HAProxy of the operator's as it was found. */
export interface SeenHaproxy {
  /** The user that its worker runs as; undefined where that cannot be known. */
  readonly uid: number | undefined;
  /** Whether its worker sees the replicas' sockets where the host has them: in a chroot it does not, unless they are shown to it there. */
  readonly seesReplicas: boolean;
  readonly threads: number;
  /** The servers of the backend by their names; undefined where it has no such backend in its memory. */
  readonly servers: ReadonlyMap<string, { readonly maxconn: number; readonly isChecked: boolean }> | undefined;
  readonly config: readonly ConfigFile[];
}

/** What a HAProxy must be. */
export interface WantedHaproxy {
  readonly site: Pick<Site, 'name' | 'strategy'>;
  readonly haproxy: OwnHaproxy;
  /** Where the site file names the HAProxies. */
  readonly at: Position;
  readonly backend: WantedBackend;
  readonly uid: number | undefined;
  readonly servers: readonly string[];
  readonly maxconn: number;
}

/**
 * What is not as it must be, with what to write instead. Where the configuration is otherwise, that is all there is to say: what runs
 * follows from it.
 */
export const judgeHaproxy = (
  wanted: WantedHaproxy,
  { socket }: HaproxySockets,
  seen: SeenHaproxy,
): readonly Problem[] => {
  const { at, backend, site } = wanted;
  const advice = `'php-zd snippet ${site.name} haproxy' prints it whole`;
  const written = judgeBackend(seen.config, backend, at);
  if (written.length > 0) return written.map(problem => ({ ...problem, message: `${problem.message} (${advice})` }));
  const messages = [...judgeReach(wanted, seen), ...judgeRunning(wanted, seen), ...judgeSwitch(wanted, seen)];
  return messages.map(message => ({ ...at, message: `the HAProxy at '${socket}' ${message}` }));
};

/** Why nothing is known of a HAProxy: `socket` is the one of the two at which nobody answered. */
export const silentHaproxy = (
  { master }: HaproxySockets,
  { socket, reason }: { readonly socket: string; readonly reason: string },
): string => {
  const isMaster = socket === master;
  const remedy = isMaster
    ? `start it with -S ${master}`
    : `write 'stats socket ${socket} mode 660 level admin' in its [global]`;
  const key = isMaster ? 'master_socket' : 'socket';
  return `nobody answers at '${socket}', '${key}' in [haproxy] (${reason}): start that HAProxy, ${remedy}, or take it out here`;
};

export const foreignAnswer = ({ socket }: HaproxySockets): string =>
  `'${socket}' in [haproxy] does not answer as HAProxy does: write the path of its 'stats socket'`;

const judgeReach = ({ haproxy, site, uid }: WantedHaproxy, seen: SeenHaproxy): readonly string[] => [
  ...(seen.uid === undefined || seen.uid === uid
    ? []
    : [`runs as user number ${seen.uid}, and 'worker_user' is ${haproxy.user}: write the user of its [global]`]),
  ...(seen.seesReplicas
    ? []
    : [
        `does not see ${paths.run}, where the replicas of ${site.name} are: where its [global] has 'chroot DIR' write ` +
          `BindReadOnlyPaths=${paths.run}:DIR${paths.run} in a drop-in of its unit, and restart it once`,
      ]),
];

/** What it has in its memory may come of an older configuration than is written. */
const judgeRunning = ({ haproxy, servers, maxconn }: WantedHaproxy, seen: SeenHaproxy): readonly string[] => {
  const { servers: known } = seen;
  if (known === undefined) return [`knows no backend '${haproxy.backend}', which its configuration has: reload it`];
  const stale = servers.filter(name => {
    const server = known.get(name);
    return server === undefined || !server.isChecked || server.maxconn !== maxconn;
  });
  return stale.length === 0 ? [] : [`does not have ${stale.join(', ')} as its configuration has it: reload it`];
};

/** Of two threads one may still give a request to the old release when the other has had an answer of the new one (facts.md N16). */
const judgeSwitch = ({ site }: WantedHaproxy, { threads }: SeenHaproxy): readonly string[] =>
  site.strategy !== 'blue-green' || threads === 1
    ? []
    : [
        `has ${threads} threads, which cannot be switched at one moment: write nbthread 1 in its [global], or strategy = rolling in [site]`,
      ];
