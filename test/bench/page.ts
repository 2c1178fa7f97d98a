import { LOADS } from './loads.ts';
import { drawLatency } from './picture.ts';
import { rowsOf } from './rows.ts';
import type { Results } from './run.ts';
import { HOW_TO_READ, renderHost, renderHtmlTable } from './table.ts';

/** One HTML file that loads nothing: of each load how long requests took in the last round, a panel a way, and the figures of all rounds. */
export const renderPage = ({ host, runs }: Results): string => {
  const rows = rowsOf(runs);
  const last = Math.max(...runs.map(({ round }) => round));
  const sections = LOADS.flatMap(({ name }) => {
    const drawn = runs.filter(run => run.load === name && run.round === last);
    const picture = drawn.length === 0 ? '' : drawLatency(drawn, ({ method }) => method);
    const own = rows.filter(({ load }) => load === name);
    return own.length === 0 ? [] : `<h2>${name}</h2>\n${picture}\n${renderHtmlTable(own)}`;
  });
  const title = 'What a restart of PHP costs';
  return pageOf(title, [`<p>${renderHost(host)}</p>`, `<p>${HOW_TO_READ}</p>`, ...sections]);
};

/** A page that loads nothing. */
export const pageOf = (title: string, parts: readonly string[]): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${title}</title>
<style>
  body { font-family: sans-serif; max-width: 70rem; margin: 2rem auto; color: #222 }
  table { border-collapse: collapse } th, td { padding: .2rem .6rem; border-bottom: 1px solid #ddd; text-align: left }
</style>
<h1>${title}</h1>
${parts.join('\n')}
</html>
`;
