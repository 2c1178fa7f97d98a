import { isFull } from '../../../base/errors.ts';
import { formatProblem } from '../../../site/problem.ts';
import { describeError, describeRecorded } from '../errors.ts';
import { instantWords } from '../time.ts';
import { checkWords } from './failures.ts';
import type { EventTable } from './table.ts';

/** Of a site and its files, and before a roll begins. */
export const eventsBefore: EventTable<
  | 'warnings'
  | 'asked'
  | 'refused'
  | 'applied'
  | 'balancer-reloaded'
  | 'using-promoted'
  | 'promoted-missing'
  | 'promoted-broken'
  | 'known-bad'
  | 'mount-changed'
  | 'socket-changed'
> = {
  warnings: {
    id: '9f39e151ab394c27b68d16995dbbcf9d',
    words: (_, { warnings }) => ({ priority: 4, text: warnings.map(formatProblem).join('\n') }),
    told: 'all',
  },
  asked: {
    id: 'bf7c6eb0e97449ab8a375106485efd01',
    words: (site, { job }) => ({
      priority: 6,
      text: job === 'abort' ? `Ending the roll of ${site}.` : `Asking systemd to ${job} php-zd@${site}.`,
    }),
  },
  refused: {
    id: '2cf9bab81dc540d2a72d728d0c144fad',
    words: (site, { error }) => ({
      priority: 3,
      text: `Refused, nothing was touched: ${describeError(error)}\n${checkWords(site, error.code)}`,
    }),
    isStatus: true,
  },
  applied: {
    id: 'cdc6b9ff274e43fd88f53c0a3a5ac00f',
    words: (_, { files }) => ({ priority: 6, text: `Wrote ${files.join(', ')}.` }),
  },
  'balancer-reloaded': {
    id: '61ff18baee2c49c2a8dd7e5418a3c2b5',
    words: () => ({ priority: 6, text: 'Reloaded HAProxy.' }),
  },
  'using-promoted': {
    id: '5c4a80a754ac4a69825999ce8f4364e7',
    words: (site, { problems, error }) => ({
      priority: 3,
      text:
        error === undefined
          ? `${problems.map(formatProblem).join('\n')}\nThe site file of ${site} has problems; going on with what was promoted last.`
          : `What is new in the site file of ${site} ${isFull(error) ? 'cannot be written' : 'does not come up'} (${describeError(error)}); going on with what was promoted last.`,
    }),
    told: 'all',
  },
  'promoted-missing': {
    id: '5467a08074d0431a867837348258f144',
    words: (_, { release, instead }) => ({
      priority: 4,
      text: `The promoted release ${release} is gone; starting ${instead} instead.`,
    }),
    told: 'all',
  },
  'promoted-broken': {
    id: 'd3b0c2d95e6a4b2f8f6b1c1b7e0a94c7',
    words: (_, { release, instead, error }) => ({
      priority: 4,
      text:
        `No replica of the promoted release ${release} can be started: ${describeError(error)}\n` +
        `Starting ${instead} instead, which the link names.`,
    }),
    told: 'all',
  },
  'known-bad': {
    id: '2fd7c9a973fb44c1826d15ad393b1fc0',
    words: (_, { release, at, error }) => ({
      priority: 4,
      text: `The last roll to ${release}, at ${instantWords(at)}, failed: ${describeRecorded(error)}. Trying it all the same.`,
    }),
    told: 'all',
  },
  'mount-changed': {
    id: '51347927fc71463aa8dfcc52b0cd8146',
    words: (_, { from, to }) => ({
      priority: 4,
      text: `The release is at two mount points, ${to} and the former ${from}: change the paths in the web server's configuration, and the next roll leaves the former one out.`,
    }),
    told: 'all',
    isStatus: true,
  },
  'socket-changed': {
    id: '154311078a3e4fb8a0008af01d5c4132',
    words: (_, { from, to }) => ({
      priority: 4,
      text: `The socket of the site is ${to} now, and ${from} leads there too, while a web server's configuration names it: change it there.`,
    }),
    told: 'all',
    isStatus: true,
  },
};
