import createConnection, { type Message, type Connection as Wire } from 'dbus-next/lib/connection.js';
import { PhpZdError } from '../base/errors.ts';
import { type BusCall, encodeCall } from './dbus-call.ts';
import { within } from './within.ts';

export interface SignalRule {
  /** A well-known name. Signals from it count once its owner has answered a call: anybody on a bus can send a signal. */
  readonly sender: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly arg0?: string;
}

export interface SignalListener {
  /** Called with the signal's arguments. An exception is a bug and ends the process. */
  heard(body: readonly unknown[]): void;
  /** The connection is gone, and this listener with it. */
  lost(error: PhpZdError): void;
}

/** A call that a peer answered with an error. The caller has the table of D-Bus error names. */
export class BusRefusal extends Error {
  override readonly name = 'BusRefusal';
  readonly errorName: string;

  constructor(errorName: string, text: string) {
    super(text);
    this.errorName = errorName;
  }
}

const DAEMON = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
};
const Type = { call: 1, reply: 2, error: 3, signal: 4 } as const;
const NO_REPLY_EXPECTED = 1;

interface Answer {
  /** The name that the call was addressed to. */
  readonly name: string;
  resolve(message: Message): void;
  reject(error: PhpZdError): void;
}

interface Listening {
  readonly rule: SignalRule;
  readonly listeners: Set<SignalListener>;
  readonly added: Promise<unknown>;
}

/** One connection to a bus, from its first byte to the end of its stream. */
export class Connection {
  readonly #address: string;
  readonly #wire: Wire;
  readonly #onEnd: () => void;
  readonly #answers = new Map<number, Answer>();
  /** The listeners by the text of their match rule: the bus takes 512 rules of a connection, and equal ones count each. */
  readonly #listenings = new Map<string, Listening>();
  /** The bus name that answered a call to a well-known name, by that well-known name. */
  readonly #owners = new Map<string, string>();
  #serial = 0;
  #isGathering = false;
  #end: PhpZdError | undefined;

  static async open(address: string, deadlineMs: number, onEnd: () => void): Promise<Connection> {
    const connection = new Connection(address, onEnd);
    const bounds = { what: 'the connection to D-Bus', deadlineMs, facts: { address } };
    try {
      await within(bounds, connection.#begin());
    } catch (error) {
      connection.close('not connected');
      throw error instanceof BusRefusal ? unavailable(address, error.errorName, error) : error;
    }
    return connection;
  }

  private constructor(address: string, onEnd: () => void) {
    this.#address = address;
    this.#onEnd = onEnd;
    this.#wire = dial(address);
    this.#wire.on('error', error => this.#finish(unavailable(address, reasonOf(error), error)));
    this.#wire.on('message', message => this.#take(message));
    this.#wire.stream.on('close', () => this.close('the bus closed the connection'));
  }

  async call(call: BusCall, flags: number): Promise<readonly unknown[]> {
    return (await this.#ask(call, flags)).body ?? [];
  }

  async listen(rule: SignalRule, listener: SignalListener): Promise<() => void> {
    const text = ruleText(rule);
    let listening = this.#listenings.get(text);
    if (!listening) {
      const added = this.#ask({ ...DAEMON, member: 'AddMatch', signature: 's', body: [text] });
      listening = { rule, listeners: new Set(), added };
      this.#listenings.set(text, listening);
    }
    const { listeners, added } = listening;
    listeners.add(listener);
    await added;
    return () => {
      if (!listeners.delete(listener) || listeners.size > 0 || this.#end) return;
      this.#listenings.delete(text);
      this.#send({ ...DAEMON, member: 'RemoveMatch', signature: 's', body: [text] }, NO_REPLY_EXPECTED);
    };
  }

  close(reason: string): void {
    this.#finish(unavailable(this.#address, reason));
  }

  /**
   * Waits for the connection's `connect`. A message that cannot be marshalled would wedge the connection if it were sent
   * before.
   */
  async #begin(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#wire.once('connect', resolve);
      // No message has the serial 0, so only the connection's end settles this one.
      this.#answers.set(0, { name: '', resolve: () => {}, reject });
    });
    this.#answers.delete(0);
    await this.#ask({ ...DAEMON, member: 'Hello' });
  }

  async #ask(call: BusCall, flags = 0): Promise<Message> {
    const answer = await new Promise<Message>((resolve, reject) => {
      this.#answers.set(this.#send(call, flags), { name: call.destination, resolve, reject });
    });
    if (answer.type === Type.error) throw new BusRefusal(answer.errorName ?? '', String(answer.body?.[0] ?? ''));
    return answer;
  }

  #send(call: BusCall, flags: number): number {
    if (this.#end) throw this.#end;
    this.#gather();
    const serial = ++this.#serial;
    const bytes = encodeCall(call, serial, flags);
    if (bytes !== undefined) this.#wire.stream.write(bytes);
    else this.#wire.message({ type: Type.call, serial, flags, ...partsOf(call) });
    return serial;
  }

  /** What is sent at once goes out by one write. */
  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    const { stream } = this.#wire;
    stream.cork();
    process.nextTick(() => {
      this.#isGathering = false;
      stream.uncork();
    });
  }

  #take(message: Message): void {
    const answer = this.#answers.get(message.replySerial ?? 0);
    if (message.type === Type.signal) this.#hear(message);
    else if (answer) this.#answered(answer, message);
    // Otherwise the caller no longer waits, or the message is a call, and php-zd offers no methods.
  }

  #answered(answer: Answer, message: Message): void {
    this.#answers.delete(message.replySerial ?? 0);
    // Noted before the caller goes on: the next message may be a signal of the same sender.
    if (message.sender?.startsWith(':')) this.#owners.set(answer.name, message.sender);
    answer.resolve(message);
  }

  #hear(signal: Message): void {
    const sameKind = ({ rule }: Listening) =>
      rule.path === signal.path &&
      rule.interface === signal.interface &&
      rule.member === signal.member &&
      (rule.arg0 === undefined || rule.arg0 === signal.body?.[0]) &&
      (rule.sender === signal.sender || this.#owners.get(rule.sender) === signal.sender);
    for (const { listeners } of [...this.#listenings.values()].filter(sameKind)) {
      for (const listener of [...listeners]) runApart(() => listener.heard(signal.body ?? []));
    }
  }

  #finish(error: PhpZdError): void {
    if (this.#end) return;
    this.#end = error;
    this.#wire.stream.destroy();
    this.#onEnd();
    for (const answer of this.#answers.values()) answer.reject(error);
    this.#answers.clear();
    for (const { listeners } of this.#listenings.values()) {
      for (const listener of listeners) runApart(() => listener.lost(error));
    }
    this.#listenings.clear();
  }
}

const partsOf = ({ destination, path, interface: iface, member, signature = '', body = [] }: BusCall) => ({
  ...{ destination, path, interface: iface, member, signature, body },
});

const dial = (address: string): Wire => {
  // `path=` makes dbus-next look for the native addon usocket first; `socket=` is dbus-next's own word for the same.
  const busAddress = address.replace(/^unix:path=/, 'unix:socket=');
  try {
    return createConnection({ busAddress, authMethods: ['EXTERNAL'] });
  } catch (error) {
    throw unavailable(address, reasonOf(error), error);
  }
};

const ruleText = ({ sender, path, interface: iface, member, arg0 }: SignalRule): string =>
  `type='signal',sender='${sender}',path='${path}',interface='${iface}',member='${member}'` +
  (arg0 === undefined ? '' : `,arg0='${arg0}'`);

/** Runs a listener so that its exception is neither lost nor keeps the connection's next messages from being read. */
const runApart = (listener: () => void): void => {
  try {
    listener();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
};

export const unavailable = (address: string, reason: string, cause?: unknown) =>
  new PhpZdError('bus-unavailable', { address, reason }, cause);

const reasonOf = (error: unknown): string =>
  error instanceof Error ? ('code' in error && String(error.code)) || error.message : String(error);
