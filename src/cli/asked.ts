import { journalFields } from '../report/journal/fields.ts';
import type { Cli } from './context.ts';

/**
 * Who asks is in the journal, where journald itself adds whose process it was: a roll's process knows only that systemd started
 * it.
 */
export const sayAsked = async (cli: Cli, site: string, job: 'start' | 'stop' | 'restart' | 'reload'): Promise<void> => {
  const journal = await cli.journal();
  journal.write(journalFields({ kind: 'asked', job, sudoUser: cli.sudoUser }, { site }));
};
