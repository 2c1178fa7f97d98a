/** With its noun, of which there may be one. */
export const countWords = (count: number, noun: string): string => `${digits(count)} ${noun}${count === 1 ? '' : 's'}`;

/** Three by three, with a plain space: it is read in a terminal. */
export const digits = (count: number): string => String(count).replace(/\B(?=(?:\d{3})+$)/g, ' ');
