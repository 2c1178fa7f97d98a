import { findHaproxyConflicts } from './haproxy-conflicts.ts';
import { findHttpConflicts } from './http-conflicts.ts';
import type { SitePositions } from './parse.ts';
import { type Findings, formatProblem, type Position, type Problem } from './problem.ts';
import type { Site } from './site.ts';

export interface SiteWithLines {
  readonly site: Site;
  readonly positions: SitePositions;
}

/**
 * What the sites of one host must not share: a socket or a mount point, which are problems, and what they had better not share: a user, and a link without knowing of it.
 * Each conflict is reported at the line of every site that takes part, so that an operator who checks one of them alone sees it
 * too.
 */
export const findConflicts = (
  sites: readonly SiteWithLines[],
): { readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] } => {
  const findings: Findings = { problems: [], warnings: [] };
  for (const { value, at, names } of shared(sites, site => site.listen.fastcgi, 'fastcgi')) {
    report(findings.problems, at, `${names} listen on one socket, '${value}': write another fastcgi in [listen]`);
  }
  findings.problems.push(...findHttpConflicts(sites), ...findHaproxyConflicts(sites));
  for (const { value, at, names } of shared(sites, site => site.mount, 'mount')) {
    report(findings.problems, at, `${names} have one mount point, '${value}': write another mount in [site]`);
  }
  for (const { value, at, names } of shared(sites, site => site.user, 'user')) {
    report(
      findings.warnings,
      at,
      `${names} run as one user, '${value}', and are not isolated from each other: give each a user of its own`,
    );
  }
  for (const { value, at, names, group } of shared(sites, site => site.link, 'link')) {
    report(
      findings.warnings,
      at,
      `${names} have one release, '${value}': whoever points it elsewhere rolls all of them, as php-zd deploy and rollback do; ` +
        `after any other tool: php-zd reload ${group.join(' ')}`,
    );
  }
  return findings;
};

interface Sharing {
  readonly value: string;
  readonly at: readonly Position[];
  readonly group: readonly string[];
  /** For example: sites 'a', 'b' and 'c'. */
  readonly names: string;
}

const shared = (
  sites: readonly SiteWithLines[],
  sharedValue: (site: Site) => string,
  key: Exclude<keyof SitePositions, 'http' | 'haproxy'>,
): readonly Sharing[] => {
  const byValue = new Map<string, readonly SiteWithLines[]>();
  for (const one of sites) byValue.set(sharedValue(one.site), [...(byValue.get(sharedValue(one.site)) ?? []), one]);
  return [...byValue]
    .filter(([, group]) => group.length > 1)
    .map(([value, group]) => ({
      value,
      group: group.map(({ site }) => site.name),
      at: group.map(({ positions }) => positions[key]),
      names: `sites ${enumerate(group.map(({ site }) => `'${site.name}'`))}`,
    }));
};

const enumerate = (names: readonly string[]): string => `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/** Reports a message once for each place: a user that stands in defaults.ini is every site's, at the same line. */
const report = (list: Problem[], places: readonly Position[], message: string): void => {
  const problems = places.map(({ file, line }) => ({ file, line, message }));
  list.push(...new Map(problems.map(problem => [formatProblem(problem), problem])).values());
};
