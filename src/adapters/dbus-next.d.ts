/**
 * Types for the lower half of dbus-next: authentication and marshalling. dbus-next's own types describe the upper half, which
 * php-zd leaves out: that takes 20 ms more to load, and a Hello that the bus refuses is a rejection there that nobody can
 * catch.
 */
declare module 'dbus-next/lib/connection.js' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';

  export interface Message {
    readonly type: number;
    readonly serial: number;
    readonly flags?: number;
    readonly destination?: string | undefined;
    readonly path?: string | undefined;
    readonly interface?: string | undefined;
    readonly member?: string | undefined;
    readonly signature?: string | undefined;
    readonly body?: readonly unknown[];
    readonly sender?: string;
    readonly replySerial?: number;
    readonly errorName?: string;
  }

  /** Emits `connect` after the authentication, `message` with a Message, `error`. */
  export interface Connection extends EventEmitter {
    readonly stream: Socket;
    /** Sends a message, marshalled at once; throws when it cannot be marshalled. Replaces the message's body. */
    message(message: Message): void;
  }

  export default function createConnection(options: {
    readonly busAddress: string;
    readonly authMethods: readonly string[];
  }): Connection;
}
