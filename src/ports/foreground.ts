/**
 * Runs a program in our place: with our standard input, output and terminal, for as long as it takes. Gives its exit status, 128
 * and the signal's number when one ended it, as a shell does. ^C is the program's own: we wait for it. SIGTERM and SIGHUP are
 * passed on to it. Rejects with `command-failed` {command, status} when it cannot be run.
 */
export type Foreground = (
  program: string,
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
) => Promise<number>;
