/** Listening unix sockets, and their accept queues, which PHP-FPM's status cannot tell (facts.md F5, php-src#9943). */
export interface AcceptQueue {
  /** Connections that wait to be accepted on the socket at this path; 0 when nobody listens there. Rejects with `command-failed`. */
  waiting(socket: string): Promise<number>;

  /**
   * Whether somebody listens at the socket that lies at this path, by whatever path they came to it; false when there is none. Who listens at
   * the same path of another mount namespace does not count. Rejects with `command-failed`.
   */
  isListening(socket: string): Promise<boolean>;
}
