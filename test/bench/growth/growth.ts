/**
 * growth.ts FILE ROUNDS [GROWTH;... SIZE;...]: measures each figure of each size ROUNDS times, and writes it to FILE, a line of JSON a figure.
 */
import { appendFile, writeFile } from 'node:fs/promises';
import { bootMachine, SUITES } from '../../lab/machine.ts';
import { describeHost } from '../describe-host.ts';
import { growFiles } from './files.ts';
import { GROWTHS, type Grow, type Growth, type Measured } from './measured.ts';
import { growReplicas } from './replicas.ts';
import { growSites } from './sites.ts';

const SIZES: Readonly<Record<Growth, readonly number[]>> = {
  sites: [1, 10, 100],
  replicas: [2, 4, 8, 16],
  files: [100, 1000, 10_000, 50_000],
};
const GROW: Readonly<Record<Growth, Grow>> = { sites: growSites, replicas: growReplicas, files: growFiles };

const main = async ([file = '', rounds = '3', growths = '', sizes = '']: readonly string[]): Promise<void> => {
  const suite = SUITES.find(each => each === process.env['SUITE']) ?? 'bookworm';
  await writeFile(file, '');
  let isDescribed = false;
  for (const growth of Object.keys(GROWTHS) as Growth[]) {
    if (growths !== '' && !growths.split(';').includes(growth)) continue;
    for (const size of SIZES[growth]) {
      if (sizes !== '' && !sizes.split(';').includes(String(size))) continue;
      const machine = await bootMachine(`growth-${growth}-${size}-${process.pid}`, suite);
      if (!isDescribed) await appendFile(file, `${JSON.stringify(await describeHost(machine))}\n`);
      isDescribed = true;
      const measureRound = await GROW[growth](machine, size);
      for (let round = 1; round <= Number(rounds); round += 1) {
        await measureRound(async (figure, unit, value) => {
          const measured: Measured = { growth, size, round, figure, unit, value: Math.round(value * 10) / 10 };
          await appendFile(file, `${JSON.stringify(measured)}\n`);
        });
        process.stdout.write(`${growth} ${size}: ${round}/${rounds}\n`);
      }
      await machine.down();
    }
  }
};

await main(process.argv.slice(2));
