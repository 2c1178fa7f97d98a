import { setTimeout as sleep } from 'node:timers/promises';
import { isError, type PhpZdError } from '../base/errors.ts';
import { Bus, type BusOptions, type Line } from './dbus.ts';
import type { BusCall } from './dbus-call.ts';
import { BusRefusal, DAEMON, type SignalListener, type SignalRule } from './dbus-connection.ts';

const NO_REPLY = 'org.freedesktop.DBus.Error.NoReply';
/** How long a service that went away may take to come back, unless told, and how often is looked. */
const BACK_MS = 25_000;
const LOOK_MS = 10;

interface Listening {
  readonly rule: SignalRule;
  readonly listener: SignalListener;
  stop(): void;
}

/**
 * A service that is spoken to without a bus. Who uses it is told what a bus would say: a call that the service took with it ends with
 * NoReply, NameHasOwner and NameOwnerChanged say whether it is there, and a listening outlasts its absence.
 */
export class Peer implements Line {
  readonly #bus: Bus;
  readonly #backMs: number;
  readonly #listenings = new Set<Listening>();
  readonly #watchers = new Set<SignalListener>();
  #isClosed = false;
  #isLost = false;
  #return: Promise<void> | undefined;

  /** Gives nothing where nobody is at the address. */
  static async at(address: string, options: BusOptions = {}): Promise<Peer | undefined> {
    const bus = new Bus({ ...options, address, isPeer: true });
    try {
      await bus.connect();
    } catch (error) {
      if (isError(error, 'bus-unavailable')) return undefined;
      throw error;
    }
    return new Peer(bus, options.deadlineMs ?? BACK_MS);
  }

  private constructor(bus: Bus, backMs: number) {
    this.#bus = bus;
    this.#backMs = backMs;
  }

  async call(call: BusCall): Promise<readonly unknown[]> {
    if (call.destination === DAEMON.destination) return [await this.#isThere()];
    try {
      return await this.#bus.call(call);
    } catch (error) {
      if (!this.#isAway(error)) throw error;
      throw new BusRefusal(NO_REPLY, error.facts.reason);
    }
  }

  async listen(rule: SignalRule, listener: SignalListener): Promise<() => void> {
    if (rule.sender === DAEMON.destination) {
      this.#watchers.add(listener);
      return () => this.#watchers.delete(listener);
    }
    const listening: Listening = { rule, listener, stop: () => {} };
    this.#listenings.add(listening);
    try {
      await this.#begin(listening);
    } catch (error) {
      if (!this.#isAway(error)) throw error;
      await this.#awaitReturn();
    }
    return () => {
      this.#listenings.delete(listening);
      listening.stop();
    };
  }

  close(): void {
    this.#isClosed = true;
    this.#bus.close();
  }

  #isAway(error: unknown): error is PhpZdError<'bus-unavailable'> {
    return !this.#isClosed && isError(error, 'bus-unavailable');
  }

  async #isThere(): Promise<boolean> {
    try {
      await this.#bus.connect();
      return true;
    } catch (error) {
      if (!this.#isAway(error)) throw error;
      void this.#awaitReturn();
      return false;
    }
  }

  async #begin(listening: Listening): Promise<void> {
    const { rule, listener } = listening;
    const lost = (error: PhpZdError) => {
      this.#isLost = true;
      if (this.#isClosed) listener.lost(error);
      else void this.#awaitReturn();
    };
    const stop = await this.#bus.listen(rule, { heard: body => listener.heard(body), lost });
    listening.stop();
    listening.stop = stop;
    if (!this.#listenings.has(listening)) stop();
  }

  /** Resolves when all who listen do so again, or were told that the service is lost. */
  #awaitReturn(): Promise<void> {
    this.#return ??= this.#resume().finally(() => {
      this.#return = undefined;
    });
    return this.#return;
  }

  async #resume(): Promise<void> {
    const from = performance.now();
    do {
      this.#isLost = false;
      try {
        await this.#bus.connect();
        await Promise.all([...this.#listenings].map(listening => this.#begin(listening)));
      } catch (error) {
        if (!isError(error)) throw error;
        if (!this.#isAway(error) || performance.now() - from > this.#backMs) return this.#giveUp(error);
        await sleep(LOOK_MS);
        this.#isLost = true;
      }
    } while (this.#isLost);
    for (const watcher of [...this.#watchers]) watcher.heard(['', '', 'there']);
  }

  #giveUp(error: PhpZdError): void {
    const all = [...[...this.#listenings].map(({ listener }) => listener), ...this.#watchers];
    this.#listenings.clear();
    this.#watchers.clear();
    for (const listener of all) listener.lost(error);
  }
}
