import { recordError } from '../../base/errors.ts';
import { FPM_PING_PATH, FPM_STATUS_PATH } from '../../base/fpm-paths.ts';
import { replicaUnit } from '../../base/paths.ts';
import { printable } from '../../base/printable.ts';
import { formatTimeSpan } from '../../base/time-span.ts';
import { lineOf } from '../../site/lines.ts';
import { secondsInFpm } from '../../site/pool-values.ts';
import { slotsOf } from '../../site/site.ts';
import { askBalancer } from '../ask/balancer.ts';
import { hostMemory, mostReplicaMemory, replicaMemory } from '../observe/memory.ts';
import { oddMount } from '../observe/odd-mount.ts';
import { findUnwell } from '../proof/prove.ts';
import { toNobody } from '../site/events.ts';
import type { Check } from './check.ts';
import { fullness } from './fullness.ts';
import type { SiteScene } from './scene.ts';

const URI_LENGTH = 200;

/** What takes longer is a connection that stays open, such as one of server-sent events, rather than work. */
const LONG_MS = 600_000;

/** The longest of the requests that run now and of each child's last one; undefined when there is none. */
export const longestRequest = async ({
  statuses,
}: SiteScene): Promise<{ readonly ms: number; readonly uri: string } | undefined> => {
  const requests = (await statuses())
    .flatMap(({ processes }) => processes)
    .filter(({ requestUri }) => requestUri !== '-' && ![FPM_STATUS_PATH, FPM_PING_PATH].includes(requestUri))
    .sort((a, b) => b.requestDurationUs - a.requestDurationUs);
  const [longest] = requests;
  if (longest === undefined) return undefined;
  // Rounded to tenths of a second.
  const ms = Math.round(longest.requestDurationUs / 100_000) * 100;
  return { ms, uri: printable(`${longest.requestMethod} ${longest.requestUri}`, URI_LENGTH) };
};

export const requestChecks = {
  // What was promoted comes back from a boot unproven.
  health: {
    severity: 'problem',
    look: async ({ run, promoted, statuses, running }) => {
      const idle = (await statuses()).map(({ idleProcesses }) => idleProcesses > 0);
      const asked = (await running()).filter((_, at) => idle[at]);
      const hosted = { ...run, site: await promoted(), emit: toNobody };
      const found = await Promise.all(asked.map(slot => findUnwell(hosted, slot)));
      const [error] = found.filter(each => each !== undefined);
      if (error === undefined) return [];
      return [{ error: recordError(error), ...(await oddMount(run)) }];
    },
  },
  connections: {
    severity: 'problem',
    look: async ({ ports, site }) => fullness(await askBalancer(() => ports.balancer.totals(site.name))),
  },
  // FPM's process_control_timeout is as long as [drain] timeout, so a longer request is cut.
  'drain-timeout': {
    severity: 'warning',
    look: async scene => {
      const { surge, drain } = scene.site;
      const { timeoutMs, onTimeout } = drain;
      const longest = await longestRequest(scene);
      if (longest === undefined || longest.ms <= timeoutMs) return [];
      // Nobody wants a roll to wait for a connection that stays open.
      const staysOpen = longest.ms > LONG_MS && surge > 0 && onTimeout === 'abort';
      const longestSpan = formatTimeSpan(longest.ms);
      return [{ timeout: formatTimeSpan(timeoutMs), onTimeout, longest: longestSpan, uri: longest.uri, staysOpen }];
    },
  },
  'terminate-timeout': {
    severity: 'warning',
    look: async ({ site: { pool, drain } }) => {
      const written = lineOf(pool, 'request_terminate_timeout');
      const ms = written === undefined ? 0 : (secondsInFpm(written) ?? 0) * 1_000;
      return ms > drain.timeoutMs ? [{ written: formatTimeSpan(ms), timeout: formatTimeSpan(drain.timeoutMs) }] : [];
    },
  },
  // The kernel cuts a socket's accept queue to somaxconn, and HAProxy gives a replica as many connections as the replica has
  // children.
  somaxconn: {
    severity: 'warning',
    look: async ({ ports, site: { maxChildren } }) => {
      const limit = Number((await ports.files.read('/proc/sys/net/core/somaxconn')) ?? Number.POSITIVE_INFINITY);
      return limit < maxChildren ? [{ limit, children: maxChildren }] : [];
    },
  },
  memory: {
    severity: 'warning',
    look: async scene => {
      const total = await hostMemory(scene.ports, 'MemTotal');
      const most = await neededMemory(scene, mostReplicaMemory);
      if (total !== undefined && most !== undefined && most <= total) return [];
      const needed = await neededMemory(scene, replicaMemory);
      return total === undefined || needed === undefined || needed <= total ? [] : [{ total, needed }];
    },
  },
} as const satisfies Readonly<Record<string, Check<SiteScene>>>;

/**
 * The memory that a roll needs at most, with all children in all replicas that may run side by side; undefined when it is not
 * known.
 */
const neededMemory = async (
  { ports, site, running, statuses }: SiteScene,
  measure: typeof replicaMemory,
): Promise<number | undefined> => {
  const sizes = await Promise.all(
    (await running()).map(async (slot, at) => {
      const unit = replicaUnit(site.name, slot);
      const [{ mainPid = 0 } = {}] = await ports.systemd.glance([unit]);
      const { processes = [], totalProcesses = 0 } = (await statuses())[at] ?? {};
      const memoryBytes = mainPid === 0 ? undefined : await ports.processes.memory(mainPid);
      const children = processes.map(({ pid }) => pid);
      const bytes = await measure(ports, { memoryBytes, mainPid }, children);
      return bytes === undefined || totalProcesses === 0 ? [] : [(bytes / totalProcesses) * site.maxChildren];
    }),
  );
  const known = sizes.flat();
  const most = Math.min(slotsOf(site).length, site.replicas + 2 * site.surge);
  return known.length === 0 ? undefined : Math.max(...known) * most;
};
