import { siteFile, siteUnit } from '../../base/paths.ts';
import type { StraySite } from '../../run/observe/stray-sites.ts';
import type { Removal } from '../../run/releases/remove-site.ts';

/** What a removal took, or would take, and what it leaves. */
export const removalWords = (site: string, { taken, keptFile, left }: Removal, isDry: boolean): string =>
  [
    `${site}: ${isDry ? 'would remove' : 'removed'}\n`,
    ...taken.map(path => `  ${path}\n`),
    ...(keptFile === undefined ? [] : [`Its file ${isDry ? 'would be' : 'is'} ${keptFile}.\n`]),
    leftWords(left),
    'What the web server and cron say of the site is for you to take out.\n',
  ].join('');

/** A name stands in the socket's path and in that of the mount. */
export const renamedWords = (site: string, name: string, left: readonly string[]): string =>
  `${site} is ${name} now: ${siteFile(name)}.\n${leftWords(left)}` +
  `Its socket and its mount have other paths: print the web server's part anew with "php-zd snippet ${name} nginx".\n` +
  `Then "systemctl enable --now ${siteUnit(name)}" starts it on what its link names.\n`;

const leftWords = (left: readonly string[]): string =>
  left.length === 0 ? '' : `Left as they are: ${left.join(', ')}.\n`;

/** A site that runs, or that a boot is to start, and has no file. */
export const strayWords = ({ site, isRunning }: StraySite): string => {
  const ends = [...(isRunning ? [`"php-zd stop ${site}" and `] : []), `"php-zd remove ${site}"`].join('');
  return `php-zd: ${site} ${isRunning ? 'runs' : 'is enabled'} and has no site file: write ${siteFile(site)} again, or give it up with ${ends}.\n`;
};
