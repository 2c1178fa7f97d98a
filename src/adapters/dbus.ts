import { PhpZdError } from '../base/errors.ts';
import type { BusCall } from './dbus-call.ts';
import { Connection, type Dialled, type SignalListener, type SignalRule, unavailable } from './dbus-connection.ts';
import { span } from './span.ts';
import { within } from './within.ts';

export interface BusOptions {
  readonly address?: string;
  /** Whether a service itself is at the address, and no bus. */
  readonly isPeer?: boolean;
  /** Whether a person sits at a terminal: then polkit may ask for a password, and a call takes as long as typing it. */
  readonly isInteractive?: boolean;
  /** The deadline for connecting, and for each call that names no other. 25 s unless told, 2 minutes when `isInteractive`. */
  readonly deadlineMs?: number;
}

const SYSTEM_BUS = 'unix:path=/run/dbus/system_bus_socket';
const ALLOW_INTERACTIVE_AUTHORIZATION = 4;
/** The system bus refuses a connection's 129th unanswered call. */
const MOST_UNANSWERED = 100;

/** A way to somebody whose interface is D-Bus'. */
export interface Line {
  call(call: BusCall): Promise<readonly unknown[]>;
  /** Resolves as soon as no fitting signal can be missed, with the function that ends the listening. */
  listen(rule: SignalRule, listener: SignalListener): Promise<() => void>;
  /** Calls that still wait reject with `bus-unavailable`, and nothing of the line keeps the process alive. */
  close(): void;
}

/**
 * A bus. The connection is made when first needed, and again after it was lost. Every call ends: with its answer's body, with
 * `BusRefusal`, `bus-unavailable` (facts: address, reason), `deadline` or `aborted`.
 */
export class Bus implements Line {
  readonly #dialled: Dialled;
  readonly #deadlineMs: number;
  readonly #flags: number;
  readonly #queue: (() => void)[] = [];
  #unanswered = 0;
  #connection: Promise<Connection> | undefined;
  #isClosed = false;

  constructor({ address = SYSTEM_BUS, isPeer = false, isInteractive = false, deadlineMs }: BusOptions = {}) {
    this.#dialled = { address, isPeer };
    this.#deadlineMs = deadlineMs ?? (isInteractive ? 120_000 : 25_000);
    this.#flags = isInteractive ? ALLOW_INTERACTIVE_AUTHORIZATION : 0;
  }

  /** Resolves when there is a connection. */
  async connect(): Promise<void> {
    await this.#connected();
  }

  async call(call: BusCall): Promise<readonly unknown[]> {
    const { deadlineMs = this.#deadlineMs, signal, member } = call;
    if (signal?.aborted) throw new PhpZdError('aborted', {}, signal.reason);
    let isOver = false;
    const answer = span('dbus', member, () =>
      this.#inTurn(async () => {
        const connection = await this.#connected();
        return isOver ? [] : connection.call(call, this.#flags); // nobody waits for the call any more, so it is not sent either
      }),
    );
    try {
      return await within({ what: `the answer to ${member} over D-Bus`, deadlineMs, signal }, answer);
    } finally {
      isOver = true;
    }
  }

  async listen(rule: SignalRule, listener: SignalListener): Promise<() => void> {
    const listening = this.#connected().then(connection => connection.listen(rule, listener));
    const what = `to be told of ${rule.member} over D-Bus`;
    return await within({ what, deadlineMs: this.#deadlineMs }, listening);
  }

  close(): void {
    this.#isClosed = true;
    void this.#connection?.then(
      connection => connection.close('closed'),
      () => {}, // there is none to close; who asked for it was told
    );
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#unanswered >= MOST_UNANSWERED) await new Promise<void>(resolve => this.#queue.push(resolve));
    else this.#unanswered += 1;
    try {
      return await work();
    } finally {
      const next = this.#queue.shift();
      if (next) next();
      else this.#unanswered -= 1;
    }
  }

  #connected(): Promise<Connection> {
    if (this.#isClosed) return Promise.reject(unavailable(this.#dialled.address, 'closed'));
    this.#connection ??= this.#connect();
    return this.#connection;
  }

  #connect(): Promise<Connection> {
    const forget = () => {
      if (this.#connection === opening) this.#connection = undefined;
    };
    const opening = Connection.open(this.#dialled, this.#deadlineMs, forget);
    opening.catch(forget);
    return opening;
  }
}
