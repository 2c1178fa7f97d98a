/**
 * Lines of a configuration by their name, in the order of the file. A name has several values where PHP or PHP-FPM takes every one of
 * its lines, as it does with `extension`.
 */
export type Lines = ReadonlyMap<string, readonly string[]>;

/** The value that counts where the name stands once. */
export const lineOf = (lines: Lines, name: string): string | undefined => lines.get(name)?.at(-1);
