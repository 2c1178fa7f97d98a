import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { formatProblem, parseSite } from '../../src/site/parse.ts';
import { hostOf, shopHost } from '../site/host.ts';
import { mutated } from './mutated.ts';
import { property } from './property.ts';

const golden = (name: string): string => readFileSync(new URL(`../golden/${name}/shop.ini`, import.meta.url), 'utf8');
const texts = ['everything', 'minimal', 'sticky', 'web', 'own-haproxy'].map(golden);
const DEFAULTS = '[health]\npath = /up\n[pool]\npm.max_children = 4\n[php]\nini[memory_limit] = 64M\n';

export const siteFile = property({
  name: 'site-file',
  values: fc.record({
    site: mutated(...texts),
    defaults: fc.option(mutated(DEFAULTS, ...texts), { nil: null, freq: 3 }),
    name: fc.oneof(
      { weight: 5, arbitrary: fc.constant('shop') },
      { weight: 1, arbitrary: fc.string({ maxLength: 70 }) },
    ),
  }),
  holds: async ({ site, defaults, name }) => {
    const parsed = parseSite({
      ...{ name, file: 'shop.ini', text: site, host: hostOf(shopHost) },
      defaults: defaults === null ? undefined : { file: 'defaults.ini', text: defaults },
    });
    const problems = 'problems' in parsed ? parsed.problems : [];
    if ('problems' in parsed && problems.length === 0) throw new Error('refused for no reason');
    const lines = new Map([
      ['shop.ini', site.split('\n').length],
      ['defaults.ini', defaults?.split('\n').length ?? 0],
    ]);
    for (const problem of [...problems, ...parsed.warnings]) {
      const isThere = problem.line >= 1 && problem.line <= (lines.get(problem.file) ?? 0);
      if (!isThere) throw new Error(`line ${problem.line} of ${problem.file}`);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what moves a terminal's cursor is looked for
      if (/[\0-\x1f\x7f-\x9f]/.test(formatProblem(problem))) throw new Error(`not one line: ${formatProblem(problem)}`);
    }
  },
});
