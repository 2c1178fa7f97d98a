import type { SlotState } from '../roll/slot-states.ts';

/**
 * SGR codes (ECMA-48, 8.3.117) by hand: three colours are all that we use, and a package for them would be one more to trust.
 * `util.styleText` is not in Node.js 18.
 */
const CODES = { red: 31, green: 32, yellow: 33 } as const;
export type Colour = keyof typeof CODES;

/** Adds colour to a text, or leaves it as it is. It takes no room on the screen. */
export type Paint = (colour: Colour, text: string) => string;

export const paintColour: Paint = (colour, text) => `\x1b[${CODES[colour]}m${text}\x1b[39m`;
export const paintNothing: Paint = (_, text) => text;

/** Green serves, red failed, yellow is on its way; the rest needs no eye. */
export const paintState = (paint: Paint, state: SlotState, text: string): string => {
  const colour = colours[state];
  return colour === undefined ? text : paint(colour, text);
};

const colours: { readonly [State in SlotState]?: Colour } = {
  serves: 'green',
  failed: 'red',
  killed: 'red',
  starting: 'yellow',
  started: 'yellow',
  warming: 'yellow',
  warm: 'yellow',
  proving: 'yellow',
  proven: 'yellow',
  'going up': 'yellow',
  watched: 'yellow',
  draining: 'yellow',
  'last requests': 'yellow',
  parked: 'yellow',
};
