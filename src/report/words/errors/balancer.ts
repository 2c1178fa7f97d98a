import { sitePaths } from '../../../base/paths.ts';
import { DENIED_WORDS } from '../../../site/errno-words.ts';
import { journalOf, phpZd, say, systemctl } from '../said.ts';
import type { ErrorTable } from './table.ts';

export const balancerErrors: ErrorTable<
  'balancer-unreachable' | 'balancer-refused' | 'front-outdated' | 'front-gone' | 'front-bypassed'
> = {
  'balancer-unreachable': {
    what: ({ socket, reason }) =>
      reason === 'EACCES'
        ? `HAProxy's socket ${socket}: ${DENIED_WORDS}`
        : `HAProxy does not answer on ${socket} (${reason})`,
    next: ({ reason }) =>
      reason === 'EACCES'
        ? undefined
        : say`See "${systemctl('status', 'php-zd-haproxy')}"; start it with "${systemctl('restart', 'php-zd-haproxy')}".`,
  },
  'balancer-refused': {
    what: ({ command, answer }) => `HAProxy refused '${command}': ${answer}`,
    next: () => say`See "${journalOf('php-zd-haproxy')}".`,
  },
  'front-outdated': {
    what: ({ site }) =>
      say`HAProxy's part of ${site} was written by an older php-zd, which could not do this: roll once with "${phpZd('reload', site)}"`,
  },
  'front-gone': {
    what: ({ site, socket }) =>
      socket === sitePaths(site).closedFront
        ? `${socket}, where HAProxy listens while ${site} is held or in maintenance, was removed`
        : `nobody comes to ${site}: ${socket}, where HAProxy listens, was removed`,
    next: () =>
      say`"${systemctl('restart', 'php-zd-haproxy')}" makes it anew, and ends the requests of all sites that are under way; then type it again.`,
  },
  'front-bypassed': {
    what: ({ site }) =>
      say`visitors of ${site} come by a HAProxy of your own ([haproxy] in the site file), past the one that could do this`,
    next: () => say`Have yours do it, for example with "http-request return status 503" in its backend.`,
  },
};
