/** Neither a name for systemd in `User=` or `Group=` (systemd.exec(5)), nor one that a unit and systemd-run(1) read alike. */
const UNSAYABLE = /[/:%\p{Cc}]|^[-+]/u;
/** Directories are named by the user, and stand in lists of a unit's. */
const UNSAYABLE_IN_PATHS = /[\s"'\\]|^\.\.?$/u;

/** Why a name cannot stand in what is rendered, for the end of a problem; undefined: it can. */
export const groupNameProblem = (name: string): string | undefined => problem(UNSAYABLE.exec(name)?.[0]);

export const userNameProblem = (name: string): string | undefined =>
  groupNameProblem(name) ?? problem(UNSAYABLE_IN_PATHS.exec(name)?.[0]);

const problem = (part: string | undefined): string | undefined =>
  part === undefined
    ? undefined
    : `has ${part === ' ' ? 'a blank' : `'${part}'`} in a place where systemd or a path would not have it: write another, or give this one a second name in /etc/passwd or /etc/group, with the same number`;
