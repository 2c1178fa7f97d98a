import { isAtOrBelow } from './paths.ts';

/** Whether a release is as a package of the system's puts it: nothing of a site's lies beside it, and no mount does. */
export const isPackaged = (release: string): boolean => isAtOrBelow(release, '/usr');
