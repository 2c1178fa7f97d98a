/** A sentence of what is else the end of one. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
