import { beforeEach, describe } from 'vitest';
import { onceBooted } from '../lab/booted.ts';
import { type Entry, followJournal, type Journal } from '../lab/journal.ts';
import { bootMachine, type Kind, type Machine, SUITES, type Suite } from '../lab/machine.ts';
import { type LabSite, type SiteOptions, setUpSite } from '../lab/site.ts';

/** A machine with a site that serves, and its journal. */
export interface Scene {
  readonly machine: Machine;
  readonly site: LabSite;
  readonly journal: Journal;
}

type Tests = (scene: () => Scene, suite: Suite) => void;

/** Its tests on a machine of each suite, booted for them alone. */
export const onEachSuite = (name: string, options: SiteOptions, tests: Tests): void =>
  onSuites(SUITES, { name, options }, tests);

/** On one of them, so that `make test` ends in minutes; `make test-long` has them on both. */
export const onOneSuite = (suite: Suite, name: string, options: SiteOptions, tests: Tests): void =>
  onSuites(suitesOr(suite), { name, options }, tests);

/** As `onOneSuite`, on machines whose systemd can keep a unit from addresses. */
export const withFirewall = (suite: Suite, name: string, options: SiteOptions, tests: Tests): void =>
  onSuites(suitesOr(suite), { name, options, kind: 'firewall' }, tests);

const suitesOr = (suite: Suite): readonly Suite[] => (process.env['TEST_SUITES'] === 'all' ? SUITES : [suite]);

interface Setting {
  readonly name: string;
  readonly options: SiteOptions;
  readonly kind?: Kind;
}

const onSuites = (suites: readonly Suite[], { name, options, kind }: Setting, tests: Tests): void => {
  describe.each(suites)('%s', suite => {
    const scene = onceBooted<Scene>(async () => {
      const machine = await bootMachine(`sys-${name}-${suite}-${process.pid}`, suite, kind);
      return { machine, journal: followJournal(machine), site: await setUpSite(machine, options) };
    });
    beforeEach(({ onTestFailed }) => {
      const { journal } = scene();
      const mark = journal.mark();
      onTestFailed(() => tellJournal(journal.since({}, mark)));
    });
    tests(scene, suite);
  });
};

/** What a failed test leaves to go by: its machine is gone soon. */
const tellJournal = (entries: readonly Entry[]): void => {
  for (const entry of entries) {
    const time = new Date(Number(entry['__REALTIME_TIMESTAMP']) / 1000).toISOString();
    const unit = entry['UNIT'] ?? entry['_SYSTEMD_UNIT'] ?? entry['SYSLOG_IDENTIFIER'];
    process.stderr.write(`${time} ${unit}: ${entry['MESSAGE']}\n`);
  }
};
