import { posix } from 'node:path';
import { isError } from '../../base/errors.ts';
import { paths, siteOfReplica, sitePaths } from '../../base/paths.ts';
import { printable } from '../../base/printable.ts';
import type { Ports } from '../site/ports.ts';
import type { Check } from './check.ts';
import type { HostScene } from './scene.ts';

/** systemd goes on without a line that it does not understand, and says that in the journal alone, once (facts.md N117). */
export const unitLinesCheck: Check<HostScene> = {
  severity: 'warning',
  look: async ({ ports }) => {
    const units = await unitsWithDropIns(ports);
    const ignored = units.length === 0 ? [] : ignoredIn(await verify(ports, units));
    const lines = ignored.slice(0, MOST_LINES).map(line => printable(line, MOST_SAID));
    const sites = new Set(ignored.flatMap(line => siteOfReplica(unitOf(directoryOf(line))) ?? []));
    return lines.length === 0 ? [] : [{ lines, sites: [...sites] }];
  },
};

/** Those of php-zd's that an administrator has changed. */
const unitsWithDropIns = async ({ files }: Ports): Promise<readonly string[]> => {
  const directories = (await files.list(paths.units)).filter(name => /^php-zd[^/]{0,200}\.d$/.test(name));
  const units: string[] = [];
  for (const name of directories) {
    const dropIns = (await files.list(posix.join(paths.units, name))).filter(file => file.endsWith('.conf'));
    if (dropIns.some(file => file !== OWN)) units.push(unitOf(name));
  }
  return units;
};

const directoryOf = (line: string): string => line.slice(`${paths.units}/`.length).split('/')[0] ?? '';

/** The unit whose drop-ins lie in the directory. Of a template an instance, of which systemd reads the same. */
const unitOf = (directory: string): string => directory.slice(0, -'.d'.length).replace('@.', '@1.');

/** php-zd's own, of which file systems a site needs. */
const OWN = posix.basename(sitePaths('x').mountsNeeded);

/** What systemd says of the units. It ends with an error where it refuses one, and may then have said that too. */
const verify = async ({ commands }: Ports, units: readonly string[]): Promise<string> => {
  try {
    return await commands.hear('systemd-analyze', ['verify', '--', ...units]);
  } catch (error) {
    if (!isError(error, 'command-failed')) throw error;
    return error.facts.output;
  }
};

const MOST_LINES = 10;
const MOST_SAID = 300;

/** `FILE:LINE: ..., ignoring`, of a drop-in of php-zd's units. */
const ignoredIn = (said: string): readonly string[] => {
  const begin = `${paths.units}/php-zd`;
  const lines = said
    .split('\n')
    .filter(line => line.startsWith(begin) && /\.conf:\d{1,9}: .{0,300}\bignoring\b/i.test(line));
  return [...new Set(lines)];
};
