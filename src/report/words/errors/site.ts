import { phpZd, say } from '../said.ts';
import type { ErrorTable } from './table.ts';

export const siteErrors: ErrorTable<'site-invalid' | 'site-exists' | 'site-unknown' | 'socket-taken'> = {
  'site-invalid': {
    what: ({ site, problems = [] }) =>
      `the site file of '${site}' has problems${problems.length === 0 ? '' : `: ${problems.join('; ')}`}`,
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
  'socket-taken': {
    what: ({ path }) =>
      `${path}, where the web server looks for the site, is something else already: write another fastcgi into [listen], or remove it where nobody uses it any more`,
  },
};
