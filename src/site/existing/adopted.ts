import { withoutControls } from '../../base/printable.ts';
import type { Position, Problem } from '../problem.ts';
import type { SectionName } from '../schema.ts';

/** What becomes of a directive that an administrator has in PHP-FPM or in the web server. */
export type Adopted = Kept | Left;

/** The site file says it, by this line. */
export interface Kept {
  readonly kind: 'kept';
  readonly section: SectionName;
  readonly key: string;
  readonly value: string;
  readonly at: Position;
  /** What stood there. */
  readonly line: string;
  /** What the administrator should know of it all the same. */
  readonly note?: string;
}

/** The site file cannot say it, for this reason. */
export interface Left {
  readonly kind: 'left';
  /** The section beside whose lines the reason stands. */
  readonly section: SectionName;
  readonly at: Position;
  readonly line: string;
  readonly why: string;
}

export const kept = (
  { at, line }: Pick<Kept, 'at' | 'line'>,
  of: Pick<Kept, 'section' | 'key' | 'value' | 'note'>,
): Kept => ({ kind: 'kept', ...of, at, line });

export const leave = (section: SectionName, { at, line }: Pick<Left, 'at' | 'line'>, why: string): Left => ({
  kind: 'left',
  section,
  at,
  line,
  why,
});

/** What is said of a line, on the terminal. */
export const problemOf = ({ at, line, why }: Pick<Left, 'at' | 'line' | 'why'>): Problem => ({
  ...at,
  message: `${shorten(withoutControls(line))}: ${why}`,
});

const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);
