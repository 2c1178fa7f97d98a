import type { PassedRelease } from '../../base/error-reasons.ts';
import type { Flip } from '../../run/releases/flip.ts';
import type { LinkAfter } from '../../run/releases/link-after.ts';
import { passedWords } from './errors/reasons.ts';

/** A release on the way back that is not gone back to. */
export const passedOverWords = (passed: PassedRelease): string => `Passing over ${passedWords(passed)}.\n`;

export const flipWords = ({ link, release }: Flip): string => `${link} names ${release} now.\n`;

/** Of another site whose release the same link names. */
export const rollsTooWords = (site: string, { link }: Flip): string =>
  `${site} is on ${link} too, and is rolled with it.\n`;

export const leftBehindWords = (site: string, first: string, { link, release }: Flip): string =>
  `${first} serves ${release}, and ${site} does not: mend it and "php-zd reload ${site}", or take both back with "php-zd rollback ${first}". ${link} names ${release}.\n`;

export const notForOtherWords = (site: string, { link }: Pick<Flip, 'link'>): string =>
  `php-zd: ${site} is on ${link} too, and cannot be rolled to that release:\n`;

/** What became of the link after its roll. */
export const linkWords = (site: string, flip: Flip, link: LinkAfter): string => {
  switch (link.kind) {
    case 'kept':
      return '';
    case 'abandoned':
      return abandonedWords(site, flip);
    case 'undone':
      return undoneWords(site, flip, link);
    case 'later-roll':
      return laterRollWords(site, flip);
    case 'not-rolled-to':
      return notRolledToWords(site, flip, link.serving);
  }
};

/** For a reload that systemd joined with a later one: both callers were told the later one's outcome. */
const laterRollWords = (site: string, { release }: Flip): string =>
  `That was a later roll: the one to ${release} is through. See "php-zd status ${site}".\n`;

/** `serving` is the release that is promoted; undefined when none is. */
const notRolledToWords = (site: string, { link, release }: Flip, serving: string | undefined): string =>
  `php-zd: ${release} was not rolled to: somebody pointed ${link} elsewhere meanwhile.\n` +
  `${serving ?? 'No release'} serves. See "php-zd status ${site}".\n`;

/** For a verb that does not wait for the end of the roll: nobody points the link back if the roll fails. */
const abandonedWords = (site: string, { link, release, former }: Flip): string =>
  `${link} names ${release}, and stays so if the roll fails. Look with "php-zd status ${site}"${
    former === undefined || former === release ? '' : `; then go back with "php-zd deploy ${site} ${former}"`
  }.\n`;

const undoneWords = (
  site: string,
  { link, release }: Flip,
  { undone, isReleases }: Extract<LinkAfter, { kind: 'undone' }>,
): string => {
  if (undone.kind === 'promoted') return `${link} names ${release}, which is promoted.\n`;
  if (undone.kind === 'not-ours')
    return `${link} was pointed elsewhere meanwhile, and is left so. See "php-zd status ${site}".\n`;
  if (undone.names === undefined) return `${link} was removed again.\n`;
  const when = isReleases ? `When ${release} is mended` : 'To try it again';
  return `${link} names ${undone.names} again. ${when}: "php-zd deploy ${site} ${release}".\n`;
};
