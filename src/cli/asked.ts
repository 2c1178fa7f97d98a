import { journalFields } from '../report/journal/fields.ts';
import type { Cli } from './context.ts';

/**
 * Says in the journal that a user asks systemd for a job: journald itself adds whose process that was. The processes of a roll
 * only know that systemd started them.
 */
export const sayAsked = async (
  cli: Cli,
  site: string,
  job: 'start' | 'stop' | 'restart' | 'reload' | 'abort',
): Promise<void> => {
  const journal = await cli.journal();
  journal.write(journalFields({ kind: 'asked', job, sudoUser: cli.sudoUser }, { site }));
};
