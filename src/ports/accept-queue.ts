/** The accept queues of listening unix sockets, which PHP-FPM's status cannot tell (facts.md F5, php-src#9943). */
export interface AcceptQueue {
  /** Connections that wait to be accepted on the socket at this path; 0 when nobody listens there. Rejects with `command-failed`. */
  waiting(socket: string): Promise<number>;
}
