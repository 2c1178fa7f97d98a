import type { Property } from '../../render/view.ts';
import { show } from '../ask/shown.ts';
import type { Ports } from '../site/ports.ts';

/** What a service says of its stop, by the name that systemctl(1) shows it under. */
const OF_STOP = { TimeoutStopUSec: 'TimeoutStopSec', KillSignal: 'KillSignal', KillMode: 'KillMode' } as const;

/** The service whose main process php-zd is, and what its command has of it. */
export interface Caller {
  readonly unit: string;
  readonly properties: readonly Property[];
}

/**
 * Where php-zd is the main process of a service, its command is stopped with that service and as that service is: a php-zd that gets
 * SIGKILL can stop nothing, and systemd itself stops both in a shutdown. For no other caller: cron(8) leaves its jobs when it is
 * stopped, and what a service runs in its ExecStop= is not to be stopped by that.
 */
export const findCaller = async (ports: Ports): Promise<Caller | undefined> => {
  const unit = /^0::\/[^\n]{0,4096}?([^/\n]{1,255}\.service)$/m.exec(
    (await ports.files.read('/proc/self/cgroup')) ?? '',
  )?.[1];
  if (unit === undefined) return undefined;
  const [shown] = await show(ports, ['MainPID', ...Object.keys(OF_STOP)], [unit]);
  if (shown?.get('MainPID') !== (await ports.files.readLink('/proc/self'))) return undefined;
  const settings = Object.entries(OF_STOP).map(([from, name]) => ({ name, value: shown?.get(from) ?? '' }));
  return { unit, properties: [{ name: 'StopPropagatedFrom', value: unit }, ...settings] };
};
