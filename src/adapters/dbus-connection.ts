import { marshallMessage } from 'dbus-next/lib/marshall-compat.js';
import type { Message } from 'dbus-next/lib/message-type.js';
import { PhpZdError } from '../base/errors.ts';
import { type BusCall, encodeCall } from './dbus-call.ts';
import { Unreadable } from './dbus-signature.ts';
import { Wire, type WireListener } from './dbus-wire.ts';
import { within } from './within.ts';

export interface SignalRule {
  /** A well-known name. Signals from it count once its owner has answered a call: anybody on a bus can send a signal. */
  readonly sender: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly arg0?: string;
  /** The types of the signal's arguments. */
  readonly signature: string;
}

export interface SignalListener {
  /** Called with the signal's arguments, which are of the rule's types. An exception is a bug and ends the process. */
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

export const DAEMON = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
} as const;
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

export interface Dialled {
  readonly address: string;
  /**
   * Whether a service itself is at the other end, and no bus: then nobody gives names, and all of its signals come, asked for or not.
   */
  readonly isPeer: boolean;
}

/** One connection to a bus or to a service, from its first byte to the end of its stream. */
export class Connection {
  readonly #address: string;
  readonly #isPeer: boolean;
  readonly #wire: Wire;
  readonly #onEnd: () => void;
  readonly #answers = new Map<number, Answer>();
  /** The listeners by the text of their match rule: the bus takes 512 rules of a connection, and equal ones count each. */
  readonly #listenings = new Map<string, Listening>();
  /** The bus name that answered a call to a well-known name, by that well-known name. */
  readonly #owners = new Map<string, string>();
  readonly #isIn: Promise<void>;
  #serial = 0;
  #end: PhpZdError | undefined;

  static async open(dialled: Dialled, deadlineMs: number, onEnd: () => void): Promise<Connection> {
    const { address } = dialled;
    const connection = new Connection(dialled, onEnd);
    const bounds = { what: 'the connection to D-Bus', deadlineMs, facts: { address } };
    try {
      await within(bounds, connection.#begin());
    } catch (error) {
      connection.close('not connected');
      throw error instanceof BusRefusal ? unavailable(address, error.errorName, error) : error;
    }
    return connection;
  }

  private constructor({ address, isPeer }: Dialled, onEnd: () => void) {
    this.#address = address;
    this.#isPeer = isPeer;
    this.#onEnd = onEnd;
    let onIn = () => {};
    this.#isIn = new Promise((resolve, reject) => {
      onIn = resolve;
      // No message has the serial 0, so only the connection's end settles this one.
      this.#answers.set(0, { name: DAEMON.destination, resolve: () => {}, reject });
    });
    this.#wire = dial(address, {
      ready: onIn,
      heard: message => this.#take(message),
      wants: (path, member) => this.#listensTo(path, member),
      ended: (error, serial) => this.#finish(this.#errorOf(error, serial)),
    });
  }

  async call(call: BusCall, flags: number): Promise<readonly unknown[]> {
    return (await this.#ask(call, flags)).body ?? [];
  }

  async listen(rule: SignalRule, listener: SignalListener): Promise<() => void> {
    const text = ruleText(rule);
    let listening = this.#listenings.get(text);
    if (!listening) {
      const added = this.#askDaemon({ member: 'AddMatch', signature: 's', body: [text], answer: '' });
      listening = { rule, listeners: new Set(), added };
      this.#listenings.set(text, listening);
    }
    const { listeners, added } = listening;
    listeners.add(listener);
    try {
      await added;
    } catch (error) {
      this.#listenings.delete(text); // so that the rule is asked for anew
      throw error;
    }
    return () => {
      if (!listeners.delete(listener) || listeners.size > 0 || this.#end) return;
      this.#listenings.delete(text);
      if (this.#isPeer) return;
      this.#send({ ...DAEMON, member: 'RemoveMatch', signature: 's', body: [text], answer: '' }, NO_REPLY_EXPECTED);
    };
  }

  close(reason: string): void {
    this.#finish(unavailable(this.#address, reason));
  }

  /**
   * Waits until the bus has let us in. A message that cannot be marshalled would wedge the connection if it were sent before.
   */
  async #begin(): Promise<void> {
    await this.#isIn;
    this.#answers.delete(0);
    await this.#askDaemon({ member: 'Hello', answer: 's' });
  }

  /** What a bus has to be told, and a peer not. */
  async #askDaemon(call: Omit<BusCall, keyof typeof DAEMON>): Promise<void> {
    if (!this.#isPeer) await this.#ask({ ...DAEMON, ...call });
  }

  async #ask(call: BusCall, flags = 0): Promise<Message> {
    const answer = await new Promise<Message>((resolve, reject) => {
      this.#answers.set(this.#send(call, flags), { name: call.destination, resolve, reject });
    });
    const [text] = answer.body ?? [];
    if (answer.type === Type.error) throw new BusRefusal(answer.errorName ?? '', typeof text === 'string' ? text : '');
    const { signature = '' } = answer;
    if (signature === call.answer) return answer;
    throw broken(call.destination, `the answer to ${call.member} is of the types '${signature}', not '${call.answer}'`);
  }

  #send(call: BusCall, flags: number): number {
    if (this.#end) throw this.#end;
    const serial = ++this.#serial;
    this.#wire.send(encodeCall(call, serial, flags) ?? marshallMessage({ ...partsOf(call), serial, flags })[0]);
    return serial;
  }

  #take(message: Message): void {
    const answer = this.#answers.get(message.replySerial ?? 0);
    if (message.type === Type.signal) this.#hear(message);
    else if (answer && message.type !== Type.call) this.#answered(answer, message);
    // Otherwise nobody waits for the answer, or the message is a call, and php-zd offers no methods.
  }

  #answered(answer: Answer, message: Message): void {
    this.#answers.delete(message.replySerial ?? 0);
    // Noted before the caller goes on: the next message may be a signal of the same sender.
    if (message.sender?.startsWith(':')) this.#owners.set(answer.name, message.sender);
    answer.resolve(message);
  }

  #listensTo(path: string, member: string): boolean {
    return [...this.#listenings.values()].some(({ rule }) => rule.path === path && rule.member === member);
  }

  #hear(signal: Message): void {
    const sameKind = ({ rule }: Listening) =>
      rule.path === signal.path &&
      rule.interface === signal.interface &&
      rule.member === signal.member &&
      (rule.arg0 === undefined || rule.arg0 === signal.body?.[0]) &&
      (this.#isPeer || rule.sender === signal.sender || this.#owners.get(rule.sender) === signal.sender);
    for (const { rule, listeners } of [...this.#listenings.values()].filter(sameKind)) {
      if (rule.signature !== signal.signature) this.#finish(broken(rule.sender, otherTypes(rule, signal)));
      else for (const listener of [...listeners]) runApart(() => listener.heard(signal.body ?? []));
    }
  }

  #errorOf(error: Error, serial: number | undefined): PhpZdError {
    if (!(error instanceof Unreadable)) return unavailable(this.#address, reasonOf(error), error);
    const asked = serial === undefined ? undefined : this.#answers.get(serial);
    return broken(asked?.name ?? DAEMON.destination, error.message, error);
  }

  #finish(error: PhpZdError): void {
    if (this.#end) return;
    this.#end = error;
    this.#wire.close();
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
  ...{ type: Type.call, destination, path, interface: iface, member, signature, body },
});

const dial = (address: string, listener: WireListener): Wire => {
  try {
    return new Wire(address, listener);
  } catch (error) {
    throw unavailable(address, reasonOf(error), error);
  }
};

const otherTypes = (rule: SignalRule, { signature = '' }: Message): string =>
  `the signal ${rule.member} is of the types '${signature}', not '${rule.signature}'`;

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

const WHO: Readonly<Record<string, string>> = {
  'org.freedesktop.systemd1': 'systemd',
  [DAEMON.destination]: 'the bus',
};

/** What somebody says, by the name that was asked. */
export const broken = (name: string, reason: string, cause?: unknown) =>
  new PhpZdError('bus-broken', { who: WHO[name] ?? name, reason }, cause);

const reasonOf = (error: unknown): string =>
  error instanceof Error ? ('code' in error && String(error.code)) || error.message : String(error);
