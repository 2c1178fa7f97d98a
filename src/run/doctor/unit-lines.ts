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
    const lines = units.length === 0 ? [] : ignoredIn(await verify(ports, units));
    const sites = units.flatMap(unit => siteOfReplica(unit) ?? []);
    return lines.length === 0 ? [] : [{ lines, sites }];
  },
};

/** Those of php-zd's that an administrator has changed. Of a template an instance, of which systemd reads the same. */
const unitsWithDropIns = async ({ files }: Ports): Promise<readonly string[]> => {
  const directories = (await files.list(paths.units)).filter(name => /^php-zd[^/]{0,200}\.d$/.test(name));
  const units: string[] = [];
  for (const name of directories) {
    const dropIns = (await files.list(posix.join(paths.units, name))).filter(file => file.endsWith('.conf'));
    const unit = name.slice(0, -'.d'.length).replace('@.', '@1.');
    if (dropIns.some(file => file !== OWN)) units.push(unit);
  }
  return units;
};

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
  return [...new Set(lines)].slice(0, MOST_LINES).map(line => printable(line, MOST_SAID));
};
