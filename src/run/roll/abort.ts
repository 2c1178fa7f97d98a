import { hookUnit, siteUnit } from '../../base/paths.ts';
import { notInTime, poll } from '../ask/poll.ts';
import type { Hosted } from '../site/site-run.ts';

/** How long the roll's process has to write down that it was aborted, which takes it an instant. */
const END_DEADLINE_MS = 10_000;
const INTERVAL_MS = 20;
/** systemd has forked a process of ExecReload= that is not the program yet. */
const BEGIN_DEADLINE_MS = 10_000;

/** The hooks that are commands of the roll. The others belong to the settle. */
const HOOKS_OF_ROLL = ['before_roll', 'before_serve'] as const;

/**
 * Ends the process of a roll that is under way, with what it runs. systemd then runs the settle, which brings back what was promoted.
 * False when no roll is under way, or when the settle is at work already, which nobody should end. Rejects with `command-failed` when
 * the caller may not.
 */
export const abortRoll = async (hosted: Hosted): Promise<boolean> => {
  const { ports, site } = hosted;
  const pid = await poll(
    ports.clock,
    { intervalMs: INTERVAL_MS, deadlineMs: BEGIN_DEADLINE_MS, atDeadline: () => 0 },
    () => rollProcess(hosted),
  );
  if (pid === 0) return false;
  // systemd makes each of its processes the leader of a process group (setsid(2)).
  await ports.commands.run('sh', ['-c', 'kill -s TERM -- "-$1"', 'php-zd-abort', String(pid)]);
  await poll(
    ports.clock,
    {
      intervalMs: INTERVAL_MS,
      deadlineMs: END_DEADLINE_MS,
      atDeadline: notInTime(`the end of the roll of ${site.name}`),
    },
    async () => ((await rollProcess(hosted)) === pid ? undefined : true),
  );
  for (const hook of HOOKS_OF_ROLL) {
    const unit = hookUnit(site.name, hook);
    if ((await ports.systemd.units(unit)).length > 0) await ports.systemd.stop(unit);
  }
  return true;
};

/** The process of the roll; 0 when there is none. Undefined while what systemd has forked cannot be told yet. */
const rollProcess = async ({ ports, site }: Hosted): Promise<number | undefined> => {
  const { activeState, controlPid } = await ports.systemd.unit(siteUnit(site.name));
  if (activeState !== 'reloading') return 0;
  const words = ((await ports.files.read(`/proc/${controlPid}/cmdline`)) ?? '').split(/[\0 ]/);
  const verb = words[words.indexOf('unit') + 1];
  if (verb === 'roll') return controlPid;
  return verb === 'settle' ? 0 : undefined;
};
