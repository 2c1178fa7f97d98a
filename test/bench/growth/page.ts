import { pageOf } from '../page.ts';
import { htmlTable, renderHost } from '../table.ts';
import type { Results } from './measured.ts';
import { drawGrowth } from './picture.ts';
import { growthRows } from './rows.ts';
import { growthsOf, HOW_TO_READ, heading, linesOf } from './table.ts';

/** One HTML file that loads nothing: of each that grows a picture, and its figures. */
export const renderGrowthPage = (results: Results): string => {
  const rows = growthRows(results);
  const sections = growthsOf(rows).map(
    growth => `<h2>${heading(growth)}</h2>\n${drawGrowth(rows, growth)}\n${htmlTable(linesOf(rows, growth))}`,
  );
  return pageOf('How php-zd grows', [`<p>${renderHost(results.host)}</p>`, `<p>${HOW_TO_READ}</p>`, ...sections]);
};
