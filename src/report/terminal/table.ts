/** The width of a terminal. */
const WIDTH = 80;

type Row = readonly string[];

/** A table whose columns are as wide as their widest cells, with narrower gaps where the table then fits on a terminal. */
export const renderTable = (rows: readonly Row[]): string => {
  const widths = widthsOf(rows);
  const narrowest = widths.reduce((sum, width) => sum + width, 0) + widths.length - 1;
  const isWide = narrowest + widths.length - 1 > WIDTH;
  const gap = isWide && narrowest <= WIDTH ? ' ' : '  ';
  return alignRows(rows, gap)
    .map(line => `${line}\n`)
    .join('');
};

/** The rows as lines, padded so that the columns stand below each other. */
export const alignRows = (rows: readonly Row[], gap = '  '): readonly string[] => {
  const widths = widthsOf(rows);
  return rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(gap)
      .trimEnd(),
  );
};

/** The widths of the columns. The first row has every column. */
const widthsOf = (rows: readonly Row[]): readonly number[] =>
  (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)));
