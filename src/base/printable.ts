/** For text whose characters somebody else chose, a client or an application: none of them may move a terminal's cursor. */
export const printable = (text: string, length: number): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, length);

/** The same for what may have lines and every letter, such as the name of a file. */
export const withoutControls = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}]/gu, found => (found === '\n' ? found : '?'));
