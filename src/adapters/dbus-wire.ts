import { connect, type Socket } from 'node:net';
import { messageToJsFmt } from 'dbus-next/lib/marshall-compat.js';
import { unmarshalMessages } from 'dbus-next/lib/message.js';
import { Message } from 'dbus-next/lib/message-type.js';
import { printable } from '../base/printable.ts';
import { checkMessage, FIXED_BYTES, messageLength } from './dbus-message.ts';
import { Pieces } from './dbus-pieces.ts';
import { Unreadable } from './dbus-signature.ts';

export interface WireListener {
  /** The bus has let us in. */
  ready(): void;
  heard(message: Message): void;
  /** Whether a signal of this path and name is wanted. */
  wants(path: string, member: string): boolean;
  /** Nothing comes any more; called once. `serial` is that of the call that an `Unreadable` message answers, where it says so. */
  ended(error: Error, serial?: number): void;
}

/** sun_path holds 108 bytes with the final NUL; libuv cuts a longer path silently and would connect to another socket. */
const ADDRESS = /^unix:path=([^,;%\0]{1,107})$/;
/** The bus says OK and which one it is, or what it takes instead. */
const MOST_LINE_BYTES = 1024;
const NEWLINE = 0x0a;

/** The client's end of a bus' socket. What comes is looked through before dbus-next reads it. */
export class Wire {
  readonly #socket: Socket;
  readonly #listener: WireListener;
  readonly #decode = makeDecoder();
  readonly #pieces = new Pieces();
  #isIn = false;
  #isOver = false;
  #isGathering = false;

  /** Throws where the address is none of a socket's path. */
  constructor(address: string, listener: WireListener) {
    const [, path] = ADDRESS.exec(address) ?? [];
    if (path === undefined) throw new Error('its address is not that of a socket');
    this.#listener = listener;
    this.#socket = connect({ path });
    // EXTERNAL: the kernel says who we are, and the text has to say the same. BEGIN goes with it: where systemd itself reads that
    // together with the first message, it does not see the message (facts.md N154).
    const identity = Buffer.from(String(process.getuid?.())).toString('hex');
    this.#socket.write(`\0AUTH EXTERNAL ${identity}\r\nBEGIN\r\n`);
    this.#socket.on('data', piece => this.#hear(piece));
    this.#socket.on('error', error => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('the bus closed the connection')));
  }

  /** What is sent at once goes out by one write. */
  send(bytes: Buffer): void {
    if (!this.#isGathering) {
      this.#isGathering = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#isGathering = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(bytes);
  }

  /** The listener hears nothing more. */
  close(): void {
    this.#isOver = true;
    this.#socket.destroy();
  }

  #hear(piece: Buffer): void {
    if (this.#isOver) return;
    this.#pieces.add(piece);
    let serial: number | undefined;
    try {
      if (!this.#isIn && !this.#letIn()) return;
      for (let bytes = this.#next(); bytes !== undefined && !this.#isOver; bytes = this.#next()) {
        serial = undefined;
        const isForUs = checkMessage(bytes, {
          answers: answered => {
            serial = answered;
          },
          wants: (path, member) => this.#listener.wants(path, member),
        });
        if (isForUs) this.#listener.heard(this.#decode(bytes));
      }
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.#fail(error, serial);
    }
  }

  /** The next whole message, as soon as all of it has come. */
  #next(): Buffer | undefined {
    if (this.#pieces.length < FIXED_BYTES) return undefined;
    const length = messageLength(this.#pieces.first(FIXED_BYTES));
    return this.#pieces.length < length ? undefined : this.#pieces.take(length);
  }

  /** Reads the bus' answer to AUTH. Gives whether it has come, and is a good one. */
  #letIn(): boolean {
    const end = this.#pieces.first(MOST_LINE_BYTES).indexOf(NEWLINE);
    if (end < 0 && this.#pieces.length < MOST_LINE_BYTES) return false;
    if (end < 0) throw new Unreadable(`its answer to AUTH has more than ${MOST_LINE_BYTES} bytes`);
    const line = this.#pieces
      .take(end + 1)
      .toString('latin1')
      .trimEnd();
    if (!line.startsWith('OK ')) {
      this.#fail(new Error(`it answers AUTH by '${printable(line, 80)}'`));
      return false;
    }
    this.#isIn = true;
    this.#listener.ready();
    return true;
  }

  #fail(error: Error, serial?: number): void {
    if (this.#isOver) return;
    this.close();
    this.#listener.ended(error, serial);
  }
}

/** dbus-next reads a stream, and takes what it finds there for whole: it is given one message at a time. */
const makeDecoder = (): ((message: Buffer) => Message) => {
  let rest: Buffer = Buffer.alloc(0);
  let onReadable = () => {};
  let decoded: Message | undefined;
  unmarshalMessages(
    {
      on: (_, listener) => {
        onReadable = listener;
      },
      read: length => {
        if (rest.length < length) return null;
        const read = rest.subarray(0, length);
        rest = rest.subarray(length);
        return read;
      },
    },
    message => {
      decoded = new Message(messageToJsFmt(message));
    },
  );
  return bytes => {
    rest = bytes;
    decoded = undefined;
    try {
      onReadable();
    } catch (error) {
      throw new Unreadable(printable(String(error instanceof Error ? error.message : error), 200), { cause: error });
    }
    if (decoded === undefined) throw new Unreadable('dbus-next finds no end of it');
    return decoded;
  };
};
