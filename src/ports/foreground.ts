/**
 * Runs a program in php-zd's place: with php-zd's standard input, output and terminal, for as long as the program takes. Gives
 * the program's exit status; 128 and the signal's number when a signal ended it, as a shell does. ^C goes to the program alone,
 * and php-zd waits for it; SIGTERM and SIGHUP are passed on to it. Rejects with `command-failed` {command, status} when it
 * cannot be run.
 */
export type Foreground = (program: string, args: readonly string[], passOn?: PassOn) => Promise<number>;

/**
 * Gets what SIGTERM, SIGHUP and SIGINT are to end in the program's place, by the signal's number. Where that resolves with false or
 * rejects, the program is killed, and the status is 128 and the number.
 */
export type PassOn = (signal: number) => Promise<boolean>;
