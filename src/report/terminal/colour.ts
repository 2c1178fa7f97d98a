import { ESC } from './escapes.ts';

/**
 * SGR codes (ECMA-48, 8.3.117) by hand: php-zd uses three colours, and a package for them would be one more to trust.
 * `util.styleText` is not in Node.js 18.
 */
const CODES = { red: 31, green: 32, yellow: 33 } as const;
export type Colour = keyof typeof CODES;

/** Adds colour to a text, or leaves the text as it is. Colour takes no room on the screen. */
export type Paint = (colour: Colour, text: string) => string;

export const paintColour: Paint = (colour, text) => `${ESC}[${CODES[colour]}m${text}${ESC}[39m`;
export const paintNothing: Paint = (_, text) => text;
