import { isError } from '../../base/errors.ts';
import type { Ports } from '../site/ports.ts';

/** A file of the journal that is removed while journalctl opens it, since others log much, says nothing about the rest. */
const VANISHED = /opening journal file/;
export const MOST_TRIES = 3;

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
