import { readFile } from 'node:fs/promises';
import type { Scene } from './scene.ts';

/** The part of a line of the history that tests look at. Times are milliseconds. */
export interface PastRoll {
  readonly outcome: string;
  readonly error?: { readonly code: string };
  readonly receipt: {
    readonly ms: number;
    readonly lost: number;
    readonly killedProcesses?: number;
    readonly phases: Readonly<Record<string, number>>;
  };
}

/** The roll that ended last. */
export const lastRoll = async ({ machine, site }: Scene): Promise<PastRoll> => {
  const history = await readFile(`${machine.root}/var/lib/php-zd/${site.name}/history.jsonl`, 'utf8');
  return JSON.parse(history.trim().split('\n').at(-1) ?? '');
};
