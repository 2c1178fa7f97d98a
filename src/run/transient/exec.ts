import { dirname } from 'node:path';
import { isError, PhpZdError } from '../../base/errors.ts';
import { execUnit } from '../../base/paths.ts';
import type { Foreground } from '../../ports/foreground.ts';
import { literally, systemdRunArguments } from '../../render/transient.ts';
import { keepMountsSocket } from '../ask/own-sockets.ts';
import { loadPromoted } from '../generation/generation.ts';
import { withEnvironment } from '../site/environment.ts';
import { lookAtRelease, resolveNamed } from '../site/fit-release.ts';
import { requireSiteFile } from '../site/known-site.ts';
import { loadSite, loadSiteOn } from '../site/load-site.ts';
import type { Ports } from '../site/ports.ts';
import { type HostedSite, hostedByName, hostedSite } from '../site/site-run.ts';
import { findCaller } from './caller.ts';
import { type Seen, withView } from './view.ts';

export interface ExecRequest {
  readonly site: string;
  /** A name for this command that no other command has. */
  readonly id: string;
  /** The release to see, with the site file as it is now. Undefined: the promoted generation. */
  readonly release: string | undefined;
  /** Whether the release is writable, where file modes allow it. */
  readonly isWritable: boolean;
  /** Whether its input and both outputs are a terminal. */
  readonly hasTerminal: boolean;
  readonly command: readonly string[];
}

export interface ExecResult {
  /** The command's exit status; 128 and the signal's number when a signal ended it. */
  readonly status: number;
  readonly unit: string;
}

/**
 * Runs a command as the site's user where a replica's PHP runs: with the same release at the same place, environment and
 * sandbox, in the site's slice. A signal that is to end php-zd is the command's, and php-zd ends when the command has. Rejects with
 * what is wrong before the command runs.
 */
export const execInView = async (ports: Ports, request: ExecRequest, foreground: Foreground): Promise<ExecResult> => {
  const { run, seen } = await findSeen(ports, request);
  await keepMountsSocket(ports);
  const unit = execUnit(request.site, request.id);
  const site = request.isWritable ? ({ ...run.site, access: 'read-write' } as const) : run.site;
  const { id, hasTerminal } = request;
  return await withView({ ...run, site }, { ...seen, id, unit, hasTerminal }, async ({ properties, enter }) => {
    const description = `Command in the view of site ${request.site}`;
    const command = [...enter, ...literally(request.command)];
    const caller = await findCaller(ports);
    const own = [...properties, ...(caller?.properties ?? [])];
    const args = systemdRunArguments({ unit, description, deadline: 'none', properties: own, command });
    const status = await foreground('env', [...unmoved(ports), ...args], signal =>
      passOn(ports, { unit, caller: caller?.unit }, signal),
    );
    return { unit, status: await endOf(ports, unit, status) };
  });
};

interface SeenBy {
  readonly run: HostedSite;
  readonly seen: Seen;
}

const findSeen = (ports: Ports, { site, release }: ExecRequest): Promise<SeenBy> =>
  release === undefined ? findPromoted(ports, site) : findNamed(ports, site, release);

const findPromoted = async (ports: Ports, name: string): Promise<SeenBy> => {
  await requireSiteFile(ports, name);
  const promoted = await loadPromoted(hostedByName(name, ports));
  if (promoted === undefined) {
    const { user } = (await loadSite(ports, name)).site;
    throw new PhpZdError('not-run-yet', { site: name, user });
  }
  const { site, ...seen } = promoted.generation;
  return { run: hostedSite(site, ports), seen };
};

const findNamed = async (ports: Ports, name: string, named: string): Promise<SeenBy> => {
  const release = resolveNamed(ports, named);
  const { site } = await withEnvironment(ports, await loadSiteOn(ports, name, release));
  const { linked, identity } = await lookAtRelease({ site, ports }, release);
  return { run: hostedSite(site, ports), seen: { release, linked, identity, formerMount: undefined } };
};

/**
 * systemd-run(1) waits until it can tell how the command ended, also where php-zd's whole control group gets a signal. The command has a
 * terminal of its own, or none: the caller's is never handed on to it.
 */
const unmoved = ({ program }: Ports): readonly string[] => [
  '--ignore-signal=TERM,INT,HUP',
  ...['/usr/bin/perl', `${dirname(program)}/without-terminal.pl`],
  ...['systemd-run', '--pty', '--pipe'],
];

const OVER: readonly string[] = ['inactive', 'failed'];

interface Called {
  readonly unit: string;
  readonly caller: string | undefined;
}

/**
 * False where no command runs that could have the signal. One that is stopped, as with the service that called it, has it by that: a
 * second one may be more than it bears.
 */
const passOn = async ({ systemd }: Ports, { unit, caller }: Called, signal: number): Promise<boolean> => {
  const isStopped = caller !== undefined && (await systemd.activeState(caller)) === 'deactivating';
  const { activeState } = await systemd.unit(unit);
  if (activeState === 'activating' && !isStopped) await systemd.kill(unit, signal);
  return !OVER.includes(activeState);
};

/**
 * The command's status. A command that still runs, or is about to, is ended: when systemd-run itself is ended, its service goes on. A
 * command that a signal ended is asked about, since systemd-run tells of that by 255 alone.
 */
const endOf = async (ports: Ports, unit: string, status: number): Promise<number> => {
  const isOver = OVER.includes((await ports.systemd.unit(unit)).activeState);
  if (!isOver || status > 128) await stop(ports, unit);
  const { activeState, result, mainStatus } = await ports.systemd.unit(unit);
  if (activeState !== 'failed') return isOver ? status : 0;
  await ports.systemd.resetFailed(unit);
  if (result === 'exit-code') return mainStatus;
  if (['signal', 'core-dump', 'oom-kill', 'timeout'].includes(result)) return 128 + mainStatus;
  throw new PhpZdError('job-failed', { unit, job: 'start', result });
};

/** systemd forgets the service of a command that ended well, and stops a start that it has not begun. */
const stop = async ({ systemd }: Ports, unit: string): Promise<void> => {
  try {
    await systemd.stop(unit);
  } catch (error) {
    if (!isError(error, 'unit-unknown')) throw error;
  }
};
