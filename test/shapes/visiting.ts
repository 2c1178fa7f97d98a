import type { Machine } from '../lab/machine.ts';
import { type Load, under } from '../load/start.ts';
import type { Row } from './answers.ts';
import { bundle } from './servers.ts';
import type { Visit, Visited } from './visit.ts';

const TABLE_MS = 8_000;

/** Does the work while visitors ask for all that stands in the tables. A round is each table once more. */
export const visitingAll = async (
  machine: Machine,
  rows: { readonly tables: Visit['tables']; readonly slow: readonly Row[] },
  work: (load: Load) => Promise<void>,
): Promise<Visited> => {
  const program = await bundle('visit.ts');
  const command = [process.execPath, '--input-type=module', '--eval', program];
  const input = JSON.stringify({ ...rows, tableMs: TABLE_MS });
  return await under<Visited>(machine, { command, input, read: text => JSON.parse(text) }, work);
};
