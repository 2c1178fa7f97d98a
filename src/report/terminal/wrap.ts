/** Breaks lines at blanks where they are longer than the terminal is wide. The broken-off parts are indented. */
export const wrap = (text: string, columns: number): string =>
  text
    .split('\n')
    .map(line => wrapLine(line, columns))
    .join('\n');

const INDENT = '  ';

const wrapLine = (line: string, columns: number): string => {
  if (line.length <= columns) return line;
  const end = line.lastIndexOf(' ', columns);
  // A word that is longer than a line is left to the terminal to break.
  if (line.slice(0, Math.max(0, end)).trim() === '') return line;
  return `${line.slice(0, end)}\n${wrapLine(`${INDENT}${line.slice(end + 1)}`, columns)}`;
};
