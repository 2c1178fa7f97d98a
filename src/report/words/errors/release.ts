import { phpZd, say } from '../said.ts';
import { noPreviousWords, releaseUnfitWords } from './reasons.ts';
import type { ErrorTable } from './table.ts';

export const releaseErrors: ErrorTable<
  | ('release-missing' | 'release-incomplete' | 'release-unfit' | 'not-promoted')
  | ('not-a-link' | 'no-previous' | 'not-run-yet')
> = {
  'release-missing': {
    what: ({ path }) => `the release ${path} is no directory`,
    next: () =>
      say`Name a directory that is there: "${phpZd('releases')}" shows those of each site, and "${phpZd('deploy', 'SITE', 'DIR')}" goes to one.`,
  },
  'release-incomplete': {
    what: ({ path, missing }) => `the release ${path} lacks ${missing.join(', ')}`,
    next: () =>
      say`For a place of [shared] an empty file or directory is enough, for one of [writable] a directory. Mend that, or take another: "${phpZd('releases')}" shows those of each site.`,
  },
  'release-unfit': { what: ({ path, reason }) => say`the release ${path} ${releaseUnfitWords(reason)}` },
  'not-promoted': {
    what: ({ site }) => say`what is promoted of '${site}' cannot be read: roll once with "${phpZd('reload', site)}"`,
  },
  'not-a-link': {
    what: ({ path }) => `${path} is no link, so it cannot name another release: put a link in its place`,
  },
  'no-previous': {
    what: ({ site, reason }) => `'${site}' cannot be rolled back: ${noPreviousWords(reason)}`,
    next: ({ site }) =>
      say`See "${phpZd('releases', site)}", and go to one of them with "${phpZd('deploy', site, 'DIR')}".`,
  },
  'not-run-yet': {
    what: ({ site, user }) =>
      say`'${site}' never ran as user '${user}': start it with "${phpZd('start', site)}", or, if it is started, roll it with "${phpZd('reload', site)}"`,
  },
};
