import { hasInfo, isInfoKept } from '../ask/journal.ts';
import type { Ports } from '../site/ports.ts';
import type { Check, Facts } from './check.ts';
import type { HostScene } from './scene.ts';

/** A proof looks for what its replica has logged, and journalctl says of no journal what it says of no such entry. */
export const journalCheck: Check<HostScene> = {
  severity: 'warning',
  look: async ({ ports, units }) => {
    if (!(await isJournalKept(ports))) return [{}];
    // Nobody but root is believed by that journal, and nobody else rolls.
    if (ports.isRoot && !(await isLineKept(ports))) return [{ level: 'MaxLevelStore' }];
    return [...(await units()).replicas].flatMap(([site, shown]): readonly Facts[] => {
      const lines = [
        ...(hasInfo(shown.get('LogLevelMax') ?? '-1') ? [] : ['LogLevelMax=info']),
        ...((shown.get('LogFilterPatterns') ?? '') === '' ? [] : ['LogFilterPatterns=']),
      ];
      return lines.length === 0 ? [] : [{ site, lines }];
    });
  },
};

/** By doing as a proof does: whatever keeps the line from the journal is found. */
const isLineKept = async (ports: Ports): Promise<boolean> => {
  const mark = `${ports.clock.now()}-${Math.trunc(ports.clock.monotonicMs() * 1000)}`;
  return await isInfoKept(ports, `php-zd doctor looks whether journald keeps this line: ${mark}.`, mark);
};

/** Whether journald writes to a journal. Those of before stay when it no longer does, but it has none of them open. */
const isJournalKept = async ({ systemd, files }: Ports): Promise<boolean> => {
  const [journald] = await systemd.glance(['systemd-journald.service']);
  const open = `/proc/${journald?.mainPid}/fd`;
  for (const name of journald === undefined || journald.mainPid === 0 ? [] : await files.list(open)) {
    if ((await files.readLink(`${open}/${name}`))?.endsWith('.journal')) return true;
  }
  return false;
};
