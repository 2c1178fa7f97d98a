import type { ErrorCode } from '../base/error-facts.ts';
import { isError, PhpZdError } from '../base/errors.ts';
import { Bell } from './bell.ts';
import type { Line } from './dbus.ts';
import { BusRefusal, broken, DAEMON, type SignalListener, type SignalRule } from './dbus-connection.ts';
import { within } from './within.ts';

const SYSTEMD = 'org.freedesktop.systemd1';
const MANAGER = { destination: SYSTEMD, path: '/org/freedesktop/systemd1', interface: `${SYSTEMD}.Manager` } as const;
const PROPERTIES = 'org.freedesktop.DBus.Properties';
const OWNER_CHANGED = {
  sender: DAEMON.destination,
  path: DAEMON.path,
  interface: DAEMON.interface,
  member: 'NameOwnerChanged',
  arg0: SYSTEMD,
  signature: 'sss',
} as const;

/** The error code for a D-Bus error's name; any name that is not here is `systemd-refused`. */
const CODES = {
  [`${SYSTEMD}.NoSuchUnit`]: 'unit-unknown',
  [`${SYSTEMD}.UnitMasked`]: 'unit-masked',
  'org.freedesktop.DBus.Error.AccessDenied': 'bus-denied',
  'org.freedesktop.DBus.Error.AuthFailed': 'bus-denied',
  'org.freedesktop.DBus.Error.InteractiveAuthorizationRequired': 'bus-denied',
  'org.freedesktop.DBus.Error.NoReply': 'bus-unavailable',
  'org.freedesktop.DBus.Error.Disconnected': 'bus-unavailable',
  'org.freedesktop.DBus.Error.NameHasNoOwner': 'bus-unavailable',
  'org.freedesktop.DBus.Error.ServiceUnknown': 'bus-unavailable',
  'org.freedesktop.DBus.Error.Spawn.ChildExited': 'bus-unavailable',
} as const satisfies { readonly [Name in string]: ErrorCode };

/**
 * How often a call is sent. A daemon-reexec loses the call that it falls into; the next one is only lost when another reexec
 * follows at once.
 */
const MOST_ATTEMPTS = 5;
const REEXEC_MS = 25_000;

export interface ManagerCall {
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly unknown[];
  /** The types of what a good answer has. */
  readonly answer: string;
  /** The unit that an error of the call is about. */
  readonly unit?: string;
  readonly signal?: AbortSignal | undefined;
  readonly deadlineMs?: number;
}

/** What a call is about, for the error. */
export interface About {
  readonly unit?: string | undefined;
}

/** The properties that are read, each with its type (org.freedesktop.systemd1(5)). */
const PROPERTY_TYPES = {
  ...{ Version: 's', LoadState: 's', ActiveState: 's', SubState: 's', Result: 's', ReloadResult: 's', StatusText: 's' },
  ...{ FragmentPath: 's', DropInPaths: 'as', InvocationID: 'ay', NeedDaemonReload: 'b', ExecMainStatus: 'i' },
  ...{ MainPID: 'u', ControlPID: 'u', NRestarts: 'u', MemoryCurrent: 't', CPUUsageNSec: 't' },
  ...{ ActiveEnterTimestamp: 't', StateChangeTimestampMonotonic: 't' },
} as const;
export type PropertyName = keyof typeof PROPERTY_TYPES;

export type Properties = Readonly<Record<string, { readonly value: unknown } | undefined>>;

interface Variant {
  readonly signature: string;
  readonly value: unknown;
}

/** What systemd's D-Bus interface has for a number that is not set. */
export const NOT_SET = 2n ** 64n - 1n;
/** Of microseconds, more than any calendar has; of bytes and nanoseconds, more than any host. */
const MOST = 2n ** 62n;

/** The same, once it is known that it has the property's type, and is a number that can be. */
const requireSound = (name: string, property: Variant): Variant => {
  if (!isRead(name)) return property;
  const { signature, value } = property;
  const type = PROPERTY_TYPES[name];
  if (signature !== type) throw broken(SYSTEMD, `the property ${name} is of the type '${signature}', not '${type}'`);
  if (typeof value === 'bigint' && value > MOST && value !== NOT_SET)
    throw broken(SYSTEMD, `the property ${name} is ${value}`);
  return property;
};

const isRead = (name: string): name is PropertyName => Object.hasOwn(PROPERTY_TYPES, name);

/** What a caller that waits for systemd is told. */
export interface Follower {
  jobRemoved(job: string, unit: string, result: string): void;
  /** A unit that was not in memory announces its first change by its job alone. */
  jobNew(unit: string): void;
  /** After a daemon-reload or a daemon-reexec: anything may have been missed. */
  mayHaveMissed(): void;
  lost(error: PhpZdError): void;
}

/** systemd's manager object: its calls, its properties, its signals. */
export class Manager {
  readonly #bus: Line;

  constructor(bus: Line) {
    this.#bus = bus;
  }

  /** Calls a method that may be called twice: a call that a daemon-reexec took with it may have been carried out. */
  ask({ unit, ...call }: ManagerCall): Promise<readonly unknown[]> {
    return this.#persist({ unit }, () => this.#bus.call({ ...MANAGER, ...call }));
  }

  /** The properties of all of the object's interfaces in one answer, so that they fit together. */
  async properties(path: string, facts: About = {}, signal?: AbortSignal): Promise<Properties> {
    const call = { destination: SYSTEMD, path, interface: PROPERTIES, member: 'GetAll', signature: 's', body: [''] };
    const [all] = await this.#persist(facts, () => this.#bus.call({ ...call, answer: 'a{sv}', signal }));
    const properties = all as Readonly<Record<string, Variant>>;
    for (const [name, property] of Object.entries(properties)) requireSound(name, property);
    return properties;
  }

  /** One of an object's properties. */
  async property(path: string, of: string, name: PropertyName): Promise<unknown> {
    const call = {
      destination: SYSTEMD,
      path,
      interface: PROPERTIES,
      member: 'Get',
      signature: 'ss',
      body: [of, name],
      answer: 'v',
    };
    const [found] = await this.#persist({}, () => this.#bus.call(call));
    return requireSound(name, found as Variant).value;
  }

  async version(): Promise<string> {
    return String(await this.property(MANAGER.path, MANAGER.interface, 'Version'));
  }

  /** Whether systemd still has the job. */
  async hasJob(job: string): Promise<boolean> {
    try {
      await this.properties(job);
      return true;
    } catch (error) {
      if (isError(error, 'systemd-refused')) return false; // systemd says UnknownObject
      throw error;
    }
  }

  /** Resolves as soon as the follower can miss nothing, with the function that ends the following. */
  async follow(follower: Follower): Promise<() => void> {
    const resume = () => {
      this.#subscribe().then(
        () => follower.mayHaveMissed(),
        (error: PhpZdError) => follower.lost(error),
      );
    };
    const lost = (error: PhpZdError) => follower.lost(error);
    const stops = await Promise.all([
      this.#listen({ member: 'JobRemoved', signature: 'uoss' }, lost, ([, job, unit, result]) =>
        follower.jobRemoved(String(job), String(unit), String(result)),
      ),
      this.#listen({ member: 'JobNew', signature: 'uos' }, lost, ([, , unit]) => follower.jobNew(String(unit))),
      this.#listen({ member: 'Reloading', signature: 'b' }, lost, ([isBeginning]) => isBeginning || resume()),
      this.#hear(OWNER_CHANGED, { lost, heard: ([, , owner]) => owner && resume() }),
    ]);
    await this.#subscribe();
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** Calls the listener when a property of the unit has changed. */
  onChange(path: string, listener: SignalListener): Promise<() => void> {
    const kind = { interface: PROPERTIES, member: 'PropertiesChanged', signature: 'sa{sv}as' };
    return this.#hear({ sender: SYSTEMD, path, ...kind }, listener);
  }

  #listen(
    kind: Pick<SignalRule, 'member' | 'signature'>,
    lost: SignalListener['lost'],
    heard: SignalListener['heard'],
  ): Promise<() => void> {
    const { path, interface: iface } = MANAGER;
    return this.#hear({ sender: SYSTEMD, path, interface: iface, ...kind }, { heard, lost });
  }

  async #hear(rule: SignalRule, listener: SignalListener): Promise<() => void> {
    try {
      return await this.#bus.listen(rule, listener);
    } catch (error) {
      throw translate(error, {});
    }
  }

  /**
   * Asks systemd for its signals, which it sends to nobody who did not ask. Asked again after a daemon-reexec: systemd 252
   * remembers who asked, other versions may not.
   */
  async #subscribe(): Promise<void> {
    try {
      await this.ask({ member: 'Subscribe', answer: '' });
    } catch (error) {
      if (!isError(error, 'systemd-refused') || error.facts.name !== `${SYSTEMD}.AlreadySubscribed`) throw error;
    }
  }

  async #persist<T>(facts: About, call: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        const ours = translate(error, facts);
        const isGone = error instanceof BusRefusal && ours.code === 'bus-unavailable';
        if (!isGone || attempt === MOST_ATTEMPTS) throw ours;
        await this.#awaitOwner(ours);
      }
    }
  }

  /** Resolves when systemd is on the bus; at once when it is back already. */
  async #awaitOwner(absence: PhpZdError): Promise<void> {
    const bell = new Bell();
    const stop = await this.#hear(OWNER_CHANGED, {
      heard: ([, , owner]) => owner && bell.ring(),
      lost: error => bell.break(error),
    });
    try {
      const asked = { ...DAEMON, member: 'NameHasOwner', signature: 's', body: [SYSTEMD], answer: 'b' };
      const [isThere] = await this.#bus.call(asked);
      if (!isThere) await within({ what: 'systemd on the bus', deadlineMs: REEXEC_MS }, bell.heard());
    } catch (error) {
      throw isError(error, 'deadline') ? absence : translate(error, {});
    } finally {
      stop();
    }
  }
}

const translate = (error: unknown, { unit }: About): PhpZdError => {
  if (isError(error)) return error;
  if (!(error instanceof BusRefusal)) throw error; // a message that cannot be marshalled is a bug
  const { errorName: name, message: text } = error;
  const code: (typeof CODES)[keyof typeof CODES] | undefined = isNamed(name) ? CODES[name] : undefined;
  if (code === 'bus-unavailable') return new PhpZdError(code, { reason: text }, error);
  if (code === 'bus-denied') return new PhpZdError(code, { unit, name, text }, error);
  // Of a call that is about no unit these would be none of its errors.
  if (code !== undefined && unit !== undefined) return new PhpZdError(code, { unit, name, text }, error);
  return new PhpZdError('systemd-refused', { unit, name, text }, error);
};

const isNamed = (name: string): name is keyof typeof CODES => Object.hasOwn(CODES, name);
