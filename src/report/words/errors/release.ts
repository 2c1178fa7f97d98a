import { noPreviousWords, releaseUnfitWords } from './reasons.ts';
import type { ErrorTable } from './table.ts';

export const releaseErrors: ErrorTable<
  | ('release-missing' | 'release-incomplete' | 'release-unfit' | 'not-promoted')
  | ('not-a-link' | 'no-previous' | 'not-run-yet')
> = {
  'release-missing': {
    what: ({ path }) => `the release ${path} is no directory`,
    next: () =>
      'Name a directory that is there: "php-zd releases" shows those of each site, and "php-zd deploy SITE DIR" goes to one.',
  },
  'release-incomplete': {
    what: ({ path, missing }) => `the release ${path} lacks ${missing.join(', ')}`,
    next: () =>
      'For a place of [shared] an empty file or directory is enough, for one of [writable] a directory. Mend that, or take another: "php-zd releases" shows those of each site.',
  },
  'release-unfit': { what: ({ path, reason }) => `the release ${path} ${releaseUnfitWords(reason)}` },
  'not-promoted': {
    what: ({ site }) => `what is promoted of '${site}' cannot be read: roll once with "php-zd reload ${site}"`,
  },
  'not-a-link': {
    what: ({ path }) => `${path} is no link, so it cannot name another release: put a link in its place`,
  },
  'no-previous': {
    what: ({ site, reason }) => `'${site}' cannot be rolled back: ${noPreviousWords(reason)}`,
    next: ({ site }) => `See "php-zd releases ${site}", and go to one of them with "php-zd deploy ${site} DIR".`,
  },
  'not-run-yet': {
    what: ({ site, user }) =>
      `'${site}' never ran as user '${user}': start it with "php-zd start ${site}", or, if it is started, roll it with "php-zd reload ${site}"`,
  },
};
