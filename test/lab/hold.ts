import { readFile, rm } from 'node:fs/promises';
import { awaitAnswer, type Machine } from './machine.ts';
import type { LabSite } from './site.ts';

/** A place in the site's PHP where every request stands until `open` lets it go on: `$stand` in test/lab/site/index.php. */
export interface Hold {
  /** Resolves to the number of the replica where a request stands. */
  arrived(): Promise<number>;
  open(): Promise<void>;
}

/** `health`: the requests for /health; any other name: those for /?stand=NAME. */
export const hold = async (machine: Machine, site: LabSite, at: string): Promise<Hold> => {
  // The site's private /tmp.
  const tmp = `/var/lib/php-zd/${site.name}/tmp/${site.user}`;
  const mark = `${machine.root}${tmp}/stands-${at}`;
  await rm(mark, { force: true });
  await machine.write(`${tmp}/hold-${at}`, '');
  return {
    arrived: () =>
      awaitAnswer(`a request at ${at}`, async () => {
        const replica = await readFile(mark, 'utf8').catch(() => '');
        return replica === '' ? undefined : Number(replica);
      }),
    open: () => rm(`${machine.root}${tmp}/hold-${at}`, { force: true }),
  };
};
