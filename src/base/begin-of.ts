/**
 * The beginning of a text, as a text of its own: what V8 slices of a text keeps all of it, so that of a long answer much more would be
 * kept than is told (facts.md N152).
 */
export const beginOf = (text: string, length: number): string => Buffer.from(text.slice(0, length)).toString();
