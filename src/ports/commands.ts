/** Programs of the host that do a thing better than we would: `php-fpm -t`, `haproxy -c`, `systemd-tmpfiles`. */
export interface Commands {
  /**
   * Runs a program and gives its standard output. Rejects with `command-failed` {command, status, output} when the status is
   * not 0, when there is no such program, and when `deadlineMs` (30 s unless told) is over: the program is killed then.
   */
  run(
    program: string,
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
    deadlineMs?: number,
  ): Promise<string>;
  /** As `run`, and gives what it said on standard error too, behind its standard output: a program that ends with 0 may have warned. */
  hear(program: string, args: readonly string[], deadlineMs?: number): Promise<string>;
}
