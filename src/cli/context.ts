import type { Dialogue } from '../ports/dialogue.ts';
import type { Foreground } from '../ports/foreground.ts';
import type { Journal, Notifier } from '../ports/journal.ts';
import type { Terminal } from '../ports/terminal.ts';
import type { Drawing } from '../report/terminal/drawing.ts';
import type { Ports } from '../run/site/ports.ts';

/** What a verb has of the world. Ports are made when first asked for: `--version` needs no bus. */
export interface Cli {
  readonly version: string;
  readonly ports: () => Promise<Ports>;
  readonly journal: () => Promise<Journal>;
  readonly notifier: () => Promise<Notifier>;
  /** HAProxy's configuration that all sites share. */
  readonly balancerBase: string;
  /** Writes to stdout. Of a text only what a reader sees is written: whoever draws on a terminal gives a drawing. */
  readonly out: (said: string | Drawing) => void;
  /** Writes to stderr, in the same way. */
  readonly err: (said: string | Drawing) => void;
  /** Where `out` leads to, when that is a terminal that can be drawn on. */
  readonly outTerminal?: Terminal | undefined;
  /** Where `err` leads to, when that is a terminal that can be drawn on. */
  readonly errTerminal?: Terminal | undefined;
  /** Whether the process has a terminal for its input and for both of its outputs. */
  readonly isAllTerminal?: boolean;
  /** Opens a dialogue with the person at the terminal; missing when there is none. */
  readonly openDialogue?: (() => Dialogue) | undefined;
  /** From this call on the verb goes on to its end, unseen, when the terminal goes away. */
  readonly outliveTerminal?: () => void;
  /**
   * Gives a signal that is aborted when the process is asked to end (SIGTERM), and from then on SIGTERM does nothing else. The
   * process ends as soon as the verb has, whatever still goes on.
   */
  readonly endOnRequest?: () => AbortSignal;
  /** What the process shows as its command line from now on, in ps(1) and `systemctl status`, behind the program's name. */
  readonly showVerb?: (line: string) => void;
  /** Runs another program in the verb's place: one that shows a manual or the journal, a command in the site's view. */
  readonly foreground: Foreground;
  /** A new empty directory, removed when the work is over. */
  readonly withScratch: <Value>(work: (directory: string) => Promise<Value>) => Promise<Value>;
  /** A name for one roll, the same in every entry of the journal. */
  readonly newRollId: () => string;
  /** SUDO_USER: the user who called sudo(8), or says so. */
  readonly sudoUser: string | undefined;
  /** Aborted by ^C. */
  readonly signal: AbortSignal;
  /** Aborted when the reader of what the verb prints has gone away. */
  readonly unread?: AbortSignal;
}

/** The world as it is given to the program, which takes out of each text what a reader would not see. */
export interface Outside extends Omit<Cli, 'out' | 'err'> {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** One table for all verbs; php-zd(8), EXIT STATUS. */
export const Exit = {
  done: 0,
  failed: 1,
  invalid: 2,
  notServing: 3,
  noSuchSite: 4,
  look: 5,
  refused: 6,
} as const;
export type Exit = (typeof Exit)[keyof typeof Exit];
