/** A terminal's. */
const WIDTH = 80;

/** Lines of columns, each as wide as its widest cell, a little closer where that fits them on a terminal. */
export const renderTable = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  const narrowest = widths.reduce((sum, width) => sum + width, 0) + widths.length - 1;
  const isWide = narrowest + widths.length - 1 > WIDTH;
  const gap = isWide && narrowest <= WIDTH ? ' ' : '  ';
  return rows
    .map(row =>
      row.map((cell, column) => (column < row.length - 1 ? cell.padEnd(widths[column] ?? 0) : cell)).join(gap),
    )
    .map(line => `${line.trimEnd()}\n`)
    .join('');
};
