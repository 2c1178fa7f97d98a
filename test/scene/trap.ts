import { existsSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import type { Machine } from '../lab/machine.ts';

/** What happens to a roll, once, at a step of it. */
export interface Trap {
  /** A shell pattern of what the roll says of itself there: `Step 7 of *`. */
  readonly at: string;
  /** As the roll is about to begin the step; so many milliseconds into it; as soon as one of the site's links has changed. */
  readonly moment: 'before' | number | Link;
  /** A shell command; `$roll` is the roll's process. */
  readonly command: string;
}

/** A promotion writes first the one, then the other. */
type Link = 'promoted' | 'previous';

export const KILL_ROLL = 'kill -KILL "$roll"';

const SET = '/run/trap';
const SPRINGS = '/run/trap-springs';
const SPRUNG = '/run/trap-sprung';

/**
 * Without an addon the roll runs systemd-notify before each step, and waits for it. Ours stands in front of Debian's.
 */
export const installTrap = async (machine: Machine, site: string): Promise<void> => {
  const addons = ['unix-socket', 'sd-notify'].map(name => `/usr/lib/php-zd/${name}.node`);
  await machine.run('rm', '--force', ...addons);
  await machine.write('/usr/local/bin/systemd-notify', notifyWithTrap(site), 0o755);
};

const notifyWithTrap = (site: string): string => `#!/bin/sh
roll=$PPID
spring() { : >${SPRINGS}; eval "$command" && : >${SPRUNG}; }
await_change() {
  while kill -0 "$roll" && [ "$(readlink "$1")" = "$2" ]; do :; done
}
[ -e ${SET} ] || exec /usr/bin/systemd-notify "$@"
{ read -r at; read -r moment; read -r command; } <${SET}
case $* in
  --status=$at) rm ${SET} ;;
  *) exec /usr/bin/systemd-notify "$@" ;;
esac
[ "$moment" != before ] || spring
link=/var/lib/php-zd/${site}/$moment
target=$(readlink "$link")
/usr/bin/systemd-notify "$@"
case $moment in
  before) ;;
  promoted | previous) (await_change "$link" "$target"; spring) & ;;
  *) (sleep "$moment"; spring) & ;;
esac
`;

/** The next roll falls into it. */
export const setTrap = async (machine: Machine, { at, moment, command }: Trap): Promise<void> => {
  for (const mark of [SPRINGS, SPRUNG]) await rm(machine.root + mark, { force: true });
  const text = `${at}\n${typeof moment === 'number' ? moment / 1000 : moment}\n${command}\n`;
  await machine.write(SET, text);
};

/** The command was run, and found what it was for: a roll to kill did not end before. */
export const hasSprung = (machine: Machine): boolean => existsSync(machine.root + SPRUNG);

/** When it began, in milliseconds since 1970. */
export const sprungAt = async (machine: Machine): Promise<number> => (await stat(machine.root + SPRINGS)).mtimeMs;
