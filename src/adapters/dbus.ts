import { PhpZdError } from '../base/errors.ts';
import type { BusCall } from './dbus-call.ts';
import { Connection, type SignalListener, type SignalRule, unavailable } from './dbus-connection.ts';
import { span } from './span.ts';
import { within } from './within.ts';

export interface BusOptions {
  readonly address?: string;
  /** Whether a person sits at a terminal: then polkit may ask for a password, and a call takes as long as typing it. */
  readonly isInteractive?: boolean;
  /** The deadline for connecting, and for each call that names no other. 25 s unless told, 2 minutes when `isInteractive`. */
  readonly deadlineMs?: number;
}

const SYSTEM_BUS = 'unix:path=/run/dbus/system_bus_socket';
const ALLOW_INTERACTIVE_AUTHORIZATION = 4;
/** The system bus refuses a connection's 129th unanswered call. */
const MOST_UNANSWERED = 100;

/**
 * A bus. The connection is made when first needed, and again after it was lost. Every call ends: with its answer's body, with
 * `BusRefusal`, `bus-unavailable` (facts: address, reason), `deadline` or `aborted`.
 */
export class Bus {
  readonly #address: string;
  readonly #deadlineMs: number;
  readonly #flags: number;
  readonly #queue: (() => void)[] = [];
  #unanswered = 0;
  #connection: Promise<Connection> | undefined;
  #isClosed = false;

  constructor({ address = SYSTEM_BUS, isInteractive = false, deadlineMs }: BusOptions = {}) {
    this.#address = address;
    this.#deadlineMs = deadlineMs ?? (isInteractive ? 120_000 : 25_000);
    this.#flags = isInteractive ? ALLOW_INTERACTIVE_AUTHORIZATION : 0;
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

  /** Resolves as soon as no fitting signal can be missed, with the function that ends the listening. */
  async listen(rule: SignalRule, listener: SignalListener): Promise<() => void> {
    const listening = this.#connected().then(connection => connection.listen(rule, listener));
    const what = `to be told of ${rule.member} over D-Bus`;
    return await within({ what, deadlineMs: this.#deadlineMs }, listening);
  }

  /** Calls that still wait reject with `bus-unavailable`, and nothing of the bus keeps the process alive. */
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
    if (this.#isClosed) return Promise.reject(unavailable(this.#address, 'closed'));
    this.#connection ??= this.#connect();
    return this.#connection;
  }

  #connect(): Promise<Connection> {
    const forget = () => {
      if (this.#connection === opening) this.#connection = undefined;
    };
    const opening = Connection.open(this.#address, this.#deadlineMs, forget);
    opening.catch(forget);
    return opening;
  }
}
