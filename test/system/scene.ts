import { afterAll, beforeAll, describe } from 'vitest';
import { followJournal, type Journal } from '../lab/journal.ts';
import { bootMachine, type Machine, SUITES, type Suite } from '../lab/machine.ts';
import { type LabSite, type SiteOptions, setUpSite } from '../lab/site.ts';

/** A machine with a site that serves, and its journal. */
export interface Scene {
  readonly machine: Machine;
  readonly site: LabSite;
  readonly journal: Journal;
}

/** Its tests on a machine of each suite, booted for them alone. */
export const onEachSuite = (
  name: string,
  options: SiteOptions,
  tests: (scene: () => Scene, suite: Suite) => void,
): void => {
  describe.each(SUITES)('%s', suite => {
    let scene: Scene | undefined;
    beforeAll(async () => {
      const machine = await bootMachine(`sys-${name}-${suite}-${process.pid}`, suite);
      scene = { machine, journal: followJournal(machine), site: await setUpSite(machine, options) };
    });
    afterAll(() => scene?.machine.down());
    tests(() => {
      if (scene === undefined) throw new Error('the machine did not boot');
      return scene;
    }, suite);
  });
};
