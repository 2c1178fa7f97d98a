import { paths } from '../../../base/paths.ts';
import { phpZd, say } from '../said.ts';
import type { ErrorTable } from './table.ts';

/** What is wrong may stand in php.ini too, or in what [web] includes. */
const whatOf = (problems: readonly string[]): string =>
  problems.length > 0 && !problems.some(problem => problem.startsWith(`${paths.config}/`))
    ? 'the configuration'
    : 'the site file';

export const siteErrors: ErrorTable<
  | ('site-invalid' | 'site-exists' | 'site-unknown' | 'socket-taken')
  | ('name-taken' | 'rename-mounted' | 'rename-broken-off')
> = {
  'site-invalid': {
    what: ({ site, problems = [] }) =>
      `${whatOf(problems)} of '${site}' has problems${problems.length === 0 ? '' : `: ${problems.join('; ')}`}`,
  },
  'site-exists': {
    what: ({ site, file }) =>
      say`there is a site '${site}' already, and nothing was touched: edit ${file} and type "${phpZd('check', site)}", or write it anew with --force`,
  },
  'site-unknown': {
    what: ({ site, file }) => `there is no site '${site}': ${file} does not exist`,
    next: ({ site }) =>
      say`See those that are there with "${phpZd('list')}", or write it with "${phpZd('init', site)}".`,
  },
  'name-taken': {
    what: ({ site, path }) =>
      `the name '${site}' is taken: there is ${path}, and nothing was touched. Give the site another name`,
  },
  'rename-mounted': {
    what: ({ site, name, path }) =>
      `something is mounted at ${path}, which cannot be moved, and nothing was touched: unmount it, rename '${site}', and mount it in the same place of '${name}'`,
  },
  'rename-broken-off': {
    what: ({ site, name, output }) => `the rename of '${site}' to '${name}' broke off: ${output}`,
    next: ({ site, name }) =>
      say`Nothing is lost, and nothing is to be removed: mend that, then go on with "${phpZd('rename', site, name)}".`,
  },
  'socket-taken': {
    what: ({ path }) =>
      `${path}, where the web server looks for the site, is something else already: write another fastcgi into [listen], or remove it where nobody uses it any more`,
  },
};
