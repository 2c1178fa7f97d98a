import type { Position } from '../problem.ts';
import type { SectionName } from '../schema.ts';
import { type Left, leave } from './adopted.ts';

/** A file that another one includes, or a part of one, and was not read. */
export interface Unread {
  /** The line that includes the file. */
  readonly at: Position;
  readonly path: string;
  readonly why: keyof typeof reasons;
}

const reasons = {
  deep: 'was not read, since files include each other too deep',
  missing: 'is not there',
  many: 'was not read, since so many others were',
  foreign: "was not read, since it, or a directory above it, is not root's",
  long: 'has more than a megabyte, and its end was not read',
  refused: 'could not be read',
} as const;

export const leaveUnread = (section: SectionName, { at, path, why }: Unread): Left =>
  leave(section, { at, line: `include ${path}` }, reasons[why]);
