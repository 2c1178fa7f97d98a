/** In the host's time zone, as journalctl(1) shows and reads it. */
export const formatInstant = (ms: number): string => {
  const at = new Date(ms);
  const digits = (...parts: readonly number[]) => parts.map(part => String(part).padStart(2, '0'));
  const date = digits(at.getFullYear(), at.getMonth() + 1, at.getDate()).join('-');
  return `${date} ${digits(at.getHours(), at.getMinutes(), at.getSeconds()).join(':')}`;
};
