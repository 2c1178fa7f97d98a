import type { Host } from './host.ts';

const SETGID = 0o2000;

/** Whether a directory has the set-group-ID bit. */
export const isSetgidDirectory = (host: Pick<Host, 'rightsTo'>, path: string): boolean =>
  ((host.rightsTo(path)?.mode ?? 0) & SETGID) !== 0;

/** An application that sets the bit, and looks away from the error, says nothing of it (facts.md N138). */
export const setgidWarning = (place: string): string =>
  `'${place}' has the set-group-ID bit, and who gives that to the directories which it makes there, as WordPress does, makes none: ` +
  'write setgid = yes in [sandbox], or setgid = no where nothing does';
