/** For text whose characters somebody else chose, a client or an application: none of them may move a terminal's cursor. */
export const printable = (text: string, length: number): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, length);
