import type { Site } from '../../site/site.ts';

/**
 * The lines for [site] param[], each with the indentation and the words of a web server. `line` is undefined for a value that this
 * web server's configuration has no way to write.
 */
export const paramLines = (
  { name: site, params }: Site,
  indent: string,
  line: (name: string, value: string) => string | undefined,
): string =>
  [...params]
    .map(([name, value]) => line(name, value) ?? `# param[${name}] of ${site}.ini cannot be written here as it is.`)
    .map(text => `${indent}${text}\n`)
    .join('');

/** In double quotes, with a backslash before what would end or change them. */
export const inQuotes = (value: string, special = /["\\]/g): string => `"${value.replace(special, '\\$&')}"`;

/** As HAProxy has it, in whose formats `%` means something. */
export const haproxyParam = (name: string, value: string): string =>
  `set-param ${name} ${inQuotes(value.replaceAll('%', '%%'), /["\\$]/g)}`;
