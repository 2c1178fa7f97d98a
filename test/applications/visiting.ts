import { spawnSync } from 'node:child_process';
import { labCommand, type Machine } from '../lab/machine.ts';
import { type Load, under } from '../load/start.ts';
import { bundle } from '../shapes/servers.ts';
import type { ApplicationName, Visit, Visited } from './visit.ts';

const program = await bundle('../applications/visit.ts');
const command = [process.execPath, '--input-type=module', '--eval', program];
const ACT_MS = 60_000;

/** Does the work while somebody who is logged in uses each of the applications. A round is one more turn of each. */
export const visiting = async (
  machine: Machine,
  visit: Visit,
  work: (load: Load) => Promise<void>,
): Promise<Visited> => {
  const read = (text: string): Visited => JSON.parse(text);
  return await under<Visited>(machine, { command, input: JSON.stringify(visit), read }, work);
};

/** What a person does once. */
export const act = (machine: Machine, name: ApplicationName, what: NonNullable<Visit['act']>): Visited => {
  const [lab = '', ...args] = labCommand('net', machine.name, ...command);
  const visit: Visit = { names: [name], act: what, from: 0 };
  const { stdout, stderr, status } = spawnSync(lab, args, {
    input: `${JSON.stringify(visit)}\n`,
    encoding: 'utf8',
    timeout: ACT_MS,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
};
