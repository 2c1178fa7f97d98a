import { isError, PhpZdError, valueUnless } from '../../base/errors.ts';
import { hookUnit, siteUnit, sliceUnit } from '../../base/paths.ts';
import { printable } from '../../base/printable.ts';
import { patienceMs, systemdRunArguments } from '../../render/transient.ts';
import {
  limitProperties,
  noTerminals,
  ownerProperties,
  type Property,
  siteSandboxProperties,
} from '../../render/view.ts';
import type { HookCommand, HookName } from '../../site/site.ts';
import type { StepRun } from '../generation/step-run.ts';
import { type View, withView } from './view.ts';

/** What a hook has to end by itself. */
const KILL_AFTER_MS = 10_000;

export type Variables = Readonly<Record<string, string>>;

/**
 * Runs the command of a hook, as a service of its own, so that its output is in the journal and none of its processes is left.
 * Does nothing when the site has no such hook. before_serve runs in the view of the release that is rolled to, the others in
 * the host's. Rejects with `hook-failed`, and for before_serve as `withView`.
 */
export const runHook = async (run: StepRun, hook: HookName, variables: Variables): Promise<void> => {
  const { ports, site } = run;
  const command = site.hooks[hook];
  if (command === undefined) return;
  const unit = hookUnit(site.name, hook);
  await clearAway(run, unit);
  // By the wall clock, as the journal's entries are.
  const startedAt = ports.clock.now();
  const deadline = { ms: site.hooks.timeoutMs, killMs: KILL_AFTER_MS };
  const start = ({ properties, enter }: Omit<View, 'config'>) => {
    const description = `Hook ${hook} of site ${site.name}`;
    const settings = [...properties, ...settingsOf(run, hook, variables)];
    const args = systemdRunArguments({
      unit,
      description,
      deadline,
      properties: settings,
      command: [...enter, ...command.words.map(asOneWord)],
    });
    return ports.commands.run('systemd-run', args, {}, patienceMs(deadline));
  };
  try {
    await (hook === 'before_serve'
      ? withView(run, { ...run.generation, id: hook, unit }, start)
      : start({ properties: hostProperties(run, command), enter: [] }));
  } catch (error) {
    if (!isError(error, 'command-failed')) throw error;
    throw await failureOf(run, { hook, startedAt }, error);
  }
};

/**
 * systemd splits the value of a `$NAME` that stands alone at its blanks (facts.md S9). What these variables hold, others chose: the
 * name of a release, what PHP says. So each is one word, and adds no other to the command, which may be root's.
 */
const asOneWord = (word: string): string => word.replace(/^\$(PHP_ZD_[A-Z_]{1,32})$/, (_, name) => `\${${name}}`);

/** Ends the unit that a killed roll left: its command may run on, or its name be taken still. */
const clearAway = async ({ ports }: StepRun, unit: string): Promise<void> => {
  const { activeState } = await ports.systemd.unit(unit);
  if (activeState !== 'inactive' && activeState !== 'failed') await ports.systemd.stop(unit);
  await ports.systemd.resetFailed(unit);
};

const hostProperties = ({ site }: StepRun, { isRoot }: HookCommand): readonly Property[] => [
  // Root's hooks may do what root may: that is what the '+' is for.
  ...(isRoot ? [] : [...ownerProperties(site), ...limitProperties(site), ...siteSandboxProperties(site), ...onHost]),
  { name: 'Slice', value: sliceUnit(site.name) },
  { name: 'JoinsNamespaceOf', value: siteUnit(site.name) },
];

/** The host as the user sees it, and files as the user's own commands make them. */
const onHost: readonly Property[] = [
  { name: 'ProtectSystem', value: 'full' },
  noTerminals,
  { name: 'UMask', value: '0022' },
];

const settingsOf = ({ site }: StepRun, hook: HookName, variables: Variables): readonly Property[] => [
  { name: 'SyslogIdentifier', value: hook },
  { name: 'LogExtraFields', value: `PHP_ZD_SITE=${site.name}` },
  ...Object.entries(variables).map(([name, value]) => ({ name: 'Environment', value: quote(`${name}=${value}`) })),
];

/** An assignment quoted for a unit's setting (systemd.syntax(7)). A line break would end the setting. */
const quote = (assignment: string): string => `"${assignment.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;

interface Failed {
  readonly hook: HookName;
  readonly startedAt: number;
}

const failureOf = async (run: StepRun, { hook, startedAt }: Failed, cause: PhpZdError): Promise<PhpZdError> => {
  const { ports, site } = run;
  const unit = hookUnit(site.name, hook);
  const { result, mainStatus: status } = await ports.systemd.unit(unit);
  await ports.systemd.resetFailed(unit);
  // systemd knows of no failure of the service, so the failure is systemd-run's own.
  if (result === '' || result === 'success') return cause;
  const output = await lastLineOf(run, unit, startedAt);
  const facts = { hook, unit, result, status, ms: site.hooks.timeoutMs, output };
  return new PhpZdError('hook-failed', facts, cause);
};

/**
 * The last line that the hook printed. Undefined when there is none, or the journal does not tell: for want of that line
 * nothing fails.
 */
const lastLineOf = async ({ ports }: StepRun, unit: string, startedAt: number): Promise<string | undefined> => {
  // Matched by the unit and not by its invocation: of a process that is gone at once the journal may know only the unit (seen
  // with systemd 257).
  const matches = [`--since=@${Math.floor(startedAt / 1000)}`, `_SYSTEMD_UNIT=${unit}`, '_TRANSPORT=stdout'];
  const args = ['--quiet', '--output=cat', '--lines=1', ...matches];
  const ask = async () => {
    // What the hook printed before its end may still be on its way to the journal.
    await ports.log.sync();
    return await ports.commands.run('journalctl', args);
  };
  const line = (await valueUnless(ask, 'command-failed'))?.trim();
  return line ? printable(line, MAX_LINE) : undefined;
};

const MAX_LINE = 300;
