/** A number with its noun in the singular or the plural. */
export const countWords = (count: number, noun: string): string => `${digits(count)} ${noun}${count === 1 ? '' : 's'}`;

/** A number in groups of three digits, with plain spaces, for a terminal. */
export const digits = (count: number): string => String(count).replace(/\B(?=(?:\d{3})+$)/g, ' ');

export const timesWords = (count: number): string => (count === 1 ? 'once' : `${digits(count)} times`);
