/** An instant in the host's time zone, as journalctl(1) shows and reads it: 2030-01-01 02:30:10. */
export const instantWords = (ms: number): string => {
  const at = new Date(ms);
  return `${joined('-', at.getFullYear(), at.getMonth() + 1, at.getDate())} ${timeWords(ms)}`;
};

/** The time of an instant whose day goes without saying: 02:30:10. */
export const timeWords = (ms: number): string => {
  const at = new Date(ms);
  return joined(':', at.getHours(), at.getMinutes(), at.getSeconds());
};

const joined = (separator: string, ...numbers: readonly number[]): string =>
  numbers.map(number => String(number).padStart(2, '0')).join(separator);
