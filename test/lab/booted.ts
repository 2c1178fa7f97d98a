import { afterAll, beforeAll } from 'vitest';
import type { Machine } from './machine.ts';

/** A machine, or one with what a test has made on it. */
type Booted = Machine | { readonly machine: Machine };

/** Boots before the tests that ask for what was booted, and takes the machine down after them. */
export const onceBooted = <Made extends Booted>(boot: () => Promise<Made>): (() => Made) => {
  let booted: Made | undefined;
  beforeAll(async () => {
    booted = await boot();
  });
  afterAll(() => booted && machineOf(booted).down());
  return () => {
    if (booted === undefined) throw new Error('the machine did not boot');
    return booted;
  };
};

const machineOf = (booted: Booted): Machine => ('machine' in booted ? booted.machine : booted);
