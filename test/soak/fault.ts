import { setTimeout } from 'node:timers/promises';
import type { Machine } from '../lab/machine.ts';
import type { LabSite } from '../lab/site.ts';
import type { Fault } from './choose.ts';

/** Gives what was done, in words, or that it came too late. */
export const doFault = async (machine: Machine, site: LabSite, fault: Fault): Promise<string> => {
  if (!('afterMs' in fault)) return fault.kind === 'none' ? '' : 'bad release';
  await setTimeout(fault.afterMs);
  return `${await faults[fault.kind](machine, site)} after ${fault.afterMs} ms`;
};

const killRoll = async (machine: Machine, { name }: LabSite): Promise<string> => {
  // The roll itself, and not the settle that follows it.
  const script = `pid=$(systemctl show --property=ControlPID --value php-zd@${name})
tr '\\0' ' ' </proc/$pid/cmdline | grep --quiet ' unit roll ' && kill -KILL $pid`;
  const { status } = await machine.ask('sh', '-c', script);
  return status === 0 ? 'roll killed' : 'nothing to kill';
};

const reloadBalancer = async (machine: Machine): Promise<string> => {
  await machine.run('systemctl', 'reload', 'php-zd-haproxy');
  return 'HAProxy reloaded';
};

const restartReplica = async (machine: Machine, site: LabSite): Promise<string> => {
  const replica = (await site.status()).replicas.find(({ isServing }) => isServing);
  if (replica === undefined) return 'nothing to restart';
  const { status } = await machine.ask('systemctl', 'restart', `php-zd-fpm-${site.name}@${replica.slot}`);
  return `replica ${replica.slot} restarted${status === 0 ? '' : ' in vain'}`;
};

const faults = { kill: killRoll, 'haproxy-reload': reloadBalancer, 'replica-restart': restartReplica } as const;
