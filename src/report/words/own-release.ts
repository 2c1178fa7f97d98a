import type { StrayLinks } from '../../run/site/links.ts';
import { type Command, typed } from './said.ts';

/** What makes a release of a site's own of a package's, as in php-zd-applications(7). */
export const ownRelease = (release: string, site: string): OwnRelease => ({
  type: [
    ['mkdir', '--parents', `/srv/${site}/releases`],
    ['cp', '--recursive', '--dereference', release, `/srv/${site}/releases/1`],
    ['ln', '--symbolic', 'releases/1', `/srv/${site}/current`],
  ],
  line: `release = /srv/${site}/current`,
});

interface OwnRelease {
  readonly type: readonly Command[];
  /** For [site] in the site file, at last. */
  readonly line: string;
}

/** Of a package's release, what leads out of it. */
export const packagedWords = ({ release, mount, links, count }: StrayLinks, site: string): string => {
  const { type, line } = ownRelease(release, site);
  const more = count > links.length ? ` and ${count - links.length} more` : '';
  return [
    `php-zd: links in ${release} lead elsewhere or nowhere for a replica, which sees the release at ${mount}: ${links.join(', ')}${more}.`,
    `Make a release of your own of it, and write ${line} in [site] in place of its release and mount:`,
    ...type.map(command => `  ${typed(command)}`),
    '',
  ].join('\n');
};
