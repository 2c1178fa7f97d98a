import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bootMachine, labCommand, type Machine, SUITES } from '../lab/machine.ts';

const OWN_STATUS = ['cat', '/proc/self/status'] as const;

describe.each(SUITES)('%s', suite => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await bootMachine(`sys-lab-${suite}-${process.pid}`, suite);
  });
  afterAll(() => machine?.down());

  /** `lab run` as a person at a terminal uses it. */
  const runByHand = (): string => typeLab(labCommand('run', machine.name, ...OWN_STATUS), '');
  /** What is typed into `lab shell`. */
  const typeIntoShell = (): string => typeLab(labCommand('shell', machine.name), `${OWN_STATUS.join(' ')}\n`);

  test.each([
    { way: 'lab run', read: async () => runByHand() },
    { way: 'lab shell', read: async () => typeIntoShell() },
    { way: 'a test', read: () => machine.run(...OWN_STATUS) },
  ])('a command that $way starts has the capabilities of the machine, and none beyond', async ({ read }) => {
    const leader = rightsOf(await readFile(`${machine.root}/proc/1/status`, 'utf8'));
    expect(rightsOf(await read())).toEqual(leader);
    // Otherwise the host would have no right that the machine lacks.
    expect(leader).not.toEqual(rightsOf(await readFile('/proc/self/status', 'utf8')));
  });

  test('what people wait for starts from the snapshot of Node.js, in a machine that another one installed php-zd for too', async () => {
    expect((await machine.ask('sh', '-x', '/usr/bin/php-zd', 'status')).stderr).toContain('/start/node ');
  });

  test("a command cannot set the host's clock", async () => {
    // The clock is set to the time that it has, so that nothing comes of a success. CAP_SYS_TIME is bit 25.
    expect(BigInt(`0x${rightsOf(await machine.run(...OWN_STATUS)).CapEff}`) & (1n << 25n)).toBe(0n);
    const refused = await machine.ask('sh', '-c', 'date --set="$(date +%FT%T.%N)"');
    expect(refused).toMatchObject({ status: 1, stderr: 'date: cannot set date: Operation not permitted\n' });
  });
});

const typeLab = ([program = '', ...args]: readonly string[], input: string): string =>
  spawnSync(program, args, { input, encoding: 'utf8', timeout: 30_000 }).stdout;

/** The capabilities that a process has or can get (capabilities(7)), from /proc/PID/status. */
const rightsOf = (status: string) => {
  const read = (name: string) => new RegExp(`^${name}:\\s+([0-9a-f]{16})$`, 'm').exec(status)?.[1] ?? 'not told';
  return { CapPrm: read('CapPrm'), CapEff: read('CapEff'), CapBnd: read('CapBnd') };
};
