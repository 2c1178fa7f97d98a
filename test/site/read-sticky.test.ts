import { describe, expect, test } from 'vitest';
import { parseSite } from '../../src/site/parse.ts';
import { formatProblem } from '../../src/site/problem.ts';
import { hostOf, shopHost } from './host.ts';

const parse = (site: string, lines: string, defaults?: string) =>
  parseSite({
    name: 'shop',
    file: 'shop.ini',
    text: `[site]\nrelease = /srv/shop/current\nuser = shop\n${site}\n[health]\npath = /\n${lines}\n`,
    defaults: defaults === undefined ? undefined : { file: 'defaults.ini', text: defaults },
    host: hostOf(shopHost),
  });

const stickyOf = (site: string, lines: string, defaults?: string) => {
  const parsed = parse(site, lines, defaults);
  if ('problems' in parsed) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  return parsed.site.web.sticky;
};

const HTTP = '[listen]\nhttp = *:8080\n';

describe('visitors stay with a release', () => {
  test.each([
    ['not unless it is written', HTTP, undefined],
    ['for five seconds after it has let them go', `${HTTP}[web]\nsticky = release`, { graceMs: 5_000 }],
    ['for as long as is written', `${HTTP}[web]\nsticky = release\nsticky_grace = 1min`, { graceMs: 60_000 }],
    ['not at all', `${HTTP}[web]\nsticky = none`, undefined],
  ])('%s', (_, lines, expected) => {
    expect(stickyOf('surge = 0', lines)).toEqual(expected);
  });

  test('by what defaults.ini says, where they can', () => {
    const defaults = '[web]\nsticky = release\nsticky_grace = 2s\n';
    expect(stickyOf('', HTTP, defaults)).toEqual({ graceMs: 2_000 });
    expect(stickyOf('', '', defaults)).toBeUndefined();
    expect(stickyOf('strategy = blue-green', HTTP, defaults)).toEqual({ graceMs: 2_000 });
    expect(stickyOf('', `${HTTP}[web]\nsticky = none`, defaults)).toBeUndefined();
  });

  test.each([
    [
      '',
      '[web]\nsticky = release',
      "shop.ini:8: 'sticky' goes by a cookie, which only http sees: write http in [listen], or take the line out",
    ],
    [
      '',
      `${HTTP}[web]\nsticky_grace = 9s`,
      "shop.ini:10: 'sticky_grace' is the end of a stay with a release, and nobody stays: write sticky = release, or take the line out",
    ],
    ['', `${HTTP}[web]\nsticky = replica`, "shop.ini:10: 'sticky' must be 'none' or 'release', not 'replica'"],
    ['', `${HTTP}[web]\nsticky = release\nsticky_grace = soon`, /^shop\.ini:11: 'sticky_grace' must be /],
  ])('%j %j is refused with its line', (site, lines, problem) => {
    const parsed = parse(site, lines);
    const problems = 'problems' in parsed ? parsed.problems.map(formatProblem) : [];
    expect(problems).toEqual([typeof problem === 'string' ? problem : expect.stringMatching(problem)]);
  });
});
