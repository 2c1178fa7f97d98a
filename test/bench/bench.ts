/**
 * bench.ts MACHINE FILE ROUNDS [METHOD;... LOAD;...]: restarts PHP in every way under every load, in turn, ROUNDS times, and writes what was
 * measured to FILE, a line of JSON a run.
 */
import { appendFile, writeFile } from 'node:fs/promises';
import { findMachine, SUITES } from '../lab/machine.ts';
import { describeHost } from './describe-host.ts';
import { LOADS } from './loads.ts';
import { measure } from './measure.ts';
import { METHODS, setUp } from './methods.ts';

const main = async ([
  name = '',
  file = '',
  rounds = '3',
  methods = '',
  loads = '',
]: readonly string[]): Promise<void> => {
  const suite = SUITES.find(each => each === process.env['SUITE']) ?? 'bookworm';
  const machine = await findMachine(name, suite);
  await setUp(machine);
  await writeFile(file, `${JSON.stringify(await describeHost(machine))}\n`);
  for (let round = 1; round <= Number(rounds); round += 1) {
    for (const load of chosen(LOADS, loads)) {
      for (const method of turned(chosen(METHODS, methods), round - 1)) {
        const run = { round, ...(await measure(machine, method, load)) };
        await appendFile(file, `${JSON.stringify(run)}\n`);
        process.stdout.write(`${round}/${rounds}  ${load.name.padEnd(21)}  ${method.name}\n`);
      }
    }
  }
};

const chosen = <Item extends { readonly name: string }>(items: readonly Item[], names: string): readonly Item[] =>
  names === '' ? items : items.filter(item => names.split(';').includes(item.name));

/** Another one comes first in each round. */
const turned = <Item>(items: readonly Item[], by: number): readonly Item[] => {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
};

await main(process.argv.slice(2));
