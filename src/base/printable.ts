/** A text whose characters a client or an application chose, without those that could move a terminal's cursor. */
export const printable = (text: string, length: number): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, length);

/**
 * A text that may have lines and letters of any script, such as a file's name, without those that could move a terminal's
 * cursor.
 */
export const withoutControls = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}]/gu, found => (found === '\n' ? found : '?'));
