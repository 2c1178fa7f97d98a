/**
 * Types for the lower half of dbus-next: marshalling. dbus-next's own types describe the upper half, which php-zd leaves out: that
 * takes 20 ms more to load, and a Hello that the bus refuses is a rejection there that nobody can catch. What dbus-next reads from is
 * php-zd's own (src/adapters/dbus-wire.ts), since it believes what a message says of itself (facts.md N80).
 */
declare module 'dbus-next/lib/message.js' {
  /** What is read here: whole messages, one after the other. */
  export interface Source {
    on(event: 'readable', listener: () => void): unknown;
    /** So many bytes, or null while they are not there. */
    read(length: number): Buffer | null;
  }

  /** A message as it is on the wire: variants are pairs of types and values. */
  export interface WireMessage {
    readonly type: number;
  }

  /** Calls back for each message, when the source says that there is something to be read. */
  export function unmarshalMessages(source: Source, onMessage: (message: WireMessage) => void): void;
}

declare module 'dbus-next/lib/marshall-compat.js' {
  import type { WireMessage } from 'dbus-next/lib/message.js';
  import type { Message } from 'dbus-next/lib/message-type.js';

  /** Throws when the message cannot be marshalled. Replaces the message's body. */
  export function marshallMessage(message: Partial<Message>): readonly [Buffer, readonly unknown[]];
  export function messageToJsFmt(message: WireMessage): Message;
}

declare module 'dbus-next/lib/message-type.js' {
  /** Throws where a name in it is none, or a field is missing that its type has. */
  export class Message {
    constructor(message: Message);
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
}
