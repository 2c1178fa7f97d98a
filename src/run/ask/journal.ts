import { isError } from '../../base/errors.ts';
import type { Ports } from '../site/ports.ts';

/** A file of the journal that is removed while journalctl opens it, since others log much, says nothing about the rest. */
const VANISHED = /opening journal file/;
const MOST_TRIES = 3;

/** What journalctl finds, without what is around it. Rejects with `command-failed`. */
export const askJournal = async (
  { commands }: Pick<Ports, 'commands'>,
  ...args: readonly string[]
): Promise<string> => {
  for (let tries = 1; ; tries++) {
    try {
      return await commands.run('journalctl', [...args, '--output=cat', '--quiet', '--no-pager']);
    } catch (error) {
      if (!isError(error, 'command-failed')) throw error;
      const { status, output = '' } = error.facts;
      // journalctl that finds nothing says so by status 1 and without a word; whatever else fails has one.
      if (status === '1' && output === '') return '';
      if (tries === MOST_TRIES || !VANISHED.test(output)) throw error;
    }
  }
};

/** What systemd says of LogLevelMax= where the log of a unit has what its processes say at the level info: unset, info, debug. */
const WITH_INFO: readonly unknown[] = ['-1', '6', '7'];
export const hasInfo = (logLevelMax: unknown): boolean => WITH_INFO.includes(logLevelMax);

/**
 * Whether journald keeps a line at the level info, as a replica's are: it is written to, and asked for what was written, by `mark`, a word
 * of that line alone. The newest entry is the last that goes where others log much.
 */
export const isInfoKept = async (
  { commands, log }: Pick<Ports, 'commands' | 'log'>,
  line: string,
  mark: string,
): Promise<boolean> => {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    await commands.run('logger', ['--tag=php-zd', '--priority=daemon.info', '--', line]);
    await log.sync();
    const found = ['_UID=0', 'SYSLOG_IDENTIFIER=php-zd', `--grep=${mark}`, '--lines=1'];
    if ((await askJournal({ commands }, ...found)) !== '') return true;
  }
  return false;
};
