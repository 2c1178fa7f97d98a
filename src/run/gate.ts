import { isError, PhpZdError } from '../base/errors.ts';
import { withBalancer } from './poll.ts';
import type { NamedRun } from './site-run.ts';

const SERVING_DEADLINE_MS = 10_000;
const INTERVAL_MS = 20;

/**
 * No new request goes to the replica any more. First HAProxy drains it, so that no request has to be dispatched again; then the
 * gate is closed, which holds whatever becomes of HAProxy's process (facts.md H5, H7). A HAProxy that is away, or does not know
 * the server, gives it no requests either.
 */
export const withdraw = async (run: NamedRun, slot: number): Promise<void> => {
  const { site, paths, ports } = run;
  try {
    await withBalancer(ports.clock, async () => {
      await ports.balancer.drain(site.name, String(slot));
      const server = await findServer(run, slot);
      if (server?.admin !== 'drain')
        throw new PhpZdError('balancer-unreachable', { reason: 'the drain was forgotten' });
    });
  } catch (error) {
    if (!isError(error, 'balancer-unreachable', 'balancer-refused')) throw error;
  }
  await ports.files.remove(paths.gate(slot));
};

/**
 * The replica takes requests: its gate is open and HAProxy says so itself, operationally and administratively (facts.md H6).
 * Rejects with `not-serving`.
 */
export const admit = async (run: NamedRun, slot: number): Promise<void> => {
  const { site, paths, ports } = run;
  const end = ports.clock.now() + SERVING_DEADLINE_MS;
  await ports.files.link(paths.gate(slot), `../${slot}`);
  for (;;) {
    const server = await withBalancer(ports.clock, () => findServer(run, slot));
    if (server?.isUp && server.admin === 'ready') break;
    if (ports.clock.now() >= end) {
      throw new PhpZdError('not-serving', { replica: slot, state: server?.status ?? 'unknown to HAProxy' });
    }
    await withBalancer(ports.clock, () => ports.balancer.ready(site.name, String(slot)));
    if (!(await takesRequests(run, slot))) await ports.clock.sleep(INTERVAL_MS);
  }
  await ports.files.remove(paths.hold(slot));
};

const findServer = async ({ site, ports }: NamedRun, slot: number) =>
  (await ports.balancer.servers(site.name)).find(({ server }) => server === String(slot));

const takesRequests = async (run: NamedRun, slot: number): Promise<boolean> => (await servingSlots(run)).includes(slot);

/** The replicas that take requests now, in HAProxy's eyes. */
export const servingSlots = async ({ site, ports }: NamedRun): Promise<readonly number[]> => {
  const servers = await withBalancer(ports.clock, () => ports.balancer.servers(site.name));
  return servers.filter(({ isUp, admin }) => isUp && admin === 'ready').map(({ server }) => Number(server));
};
