/** What ends a path, an entry or a setting in a list of a unit's, or begins an escape or a specifier there (systemd.syntax(7)). */
const MEANS_SOMETHING = /[\s:"'\\\p{Cc}]|%(?!i)/u;

/**
 * Paths as a unit's list setting has them. What a site file may name has none of the characters that mean something there; the second
 * wall is here, so that no path is ever two. A broken invariant is a bug.
 */
export const pathList = (paths: readonly string[]): string => paths.map(plain).join(' ');

/** A path and the place where it is bound. */
export const bound = (from: string, to: string): string => `${plain(from)}:${plain(to)}`;

const plain = (path: string): string => {
  if (MEANS_SOMETHING.test(path) || !/^-?\//.test(path)) throw new Error(`no path for a unit: ${JSON.stringify(path)}`);
  return path;
};
