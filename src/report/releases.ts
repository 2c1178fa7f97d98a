import { basename } from 'node:path';
import { printable } from '../base/printable.ts';
import type { Use } from '../run/releases/needs.ts';
import type { Release } from '../run/releases/releases.ts';
import { renderTable } from './terminal/table.ts';
import { describeRecorded } from './words/errors.ts';
import { instantWords } from './words/time.ts';

/** The releases as a table, the newest last. */
export const renderReleases = (site: string, releases: readonly Release[]): string =>
  renderTable([
    ['RELEASE', 'STATE', 'USED BY', 'LAST ROLL'],
    ...releases.map(release => [
      printable(release.release, 200),
      stateWords(release),
      usesWords(site, release.usedBy),
      release.lastRolledAt === undefined ? '-' : instantWords(release.lastRolledAt),
    ]),
  ]);

const stateWords = ({ isPromoted, isPrevious, isLinked, isWhole, failure }: Release): string => {
  const error = failure?.error;
  const words = [
    ...(isPromoted ? ['promoted'] : []),
    ...(isPrevious ? ['previous'] : []),
    ...(isLinked && !isPromoted ? ['linked'] : []),
    ...(isWhole ? [] : ['no release']),
    ...(error === undefined ? [] : [`bad: ${printable(describeRecorded(error), 60)}`]),
  ];
  return words.length === 0 ? '-' : words.join(', ');
};

const usesWords = (site: string, uses: readonly Use[]): string =>
  uses.length === 0 ? '-' : uses.map(use => useWords(site, use)).join(', ');

const useWords = (site: string, { site: owner, slot, hold }: Use): string => {
  const who = slot === undefined ? 'a command' : `replica ${slot}`;
  const how = hold === undefined || hold === 'roll' ? '' : ` (${hold})`;
  return `${owner === site ? '' : `${owner}: `}${who}${how}`;
};

/** The end of a prune. Each release is named before this, while it is removed. */
export const pruneWords = (site: string, removed: readonly string[], isDry: boolean): string => {
  if (removed.length === 0) return `${site}: nothing to remove.\n`;
  const list = removed.map(release => `  ${printable(basename(release), 64)}\n`).join('');
  return `${site}: ${isDry ? 'would remove' : 'removed'}\n${list}`;
};
