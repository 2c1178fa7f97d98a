import { type Colour, Drawing } from '../terminal/drawing.ts';
import type { SlotState } from './slot-states.ts';

/** Paints a state: green for serving, red for failed, yellow for on its way there. No other state needs attention. */
export const paintState = (state: SlotState, text: string): Drawing => Drawing.text(text, colours[state]);

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
