/** Programs of the host that do a thing better than we would: `php-fpm -t`, `haproxy -c`, `systemd-tmpfiles`. */
export interface Commands {
  /**
   * Standard output. Rejects with `command-failed` {command, status, output}: status other than 0, not found, or `deadlineMs`
   * over, 30 s unless told; it is killed then.
   */
  run(
    program: string,
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
    deadlineMs?: number,
  ): Promise<string>;
}
