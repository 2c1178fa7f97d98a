import { Bus, type BusOptions, type Line } from './dbus.ts';
import type { BusCall } from './dbus-call.ts';
import type { SignalListener, SignalRule } from './dbus-connection.ts';
import { Peer } from './dbus-peer.ts';

/** systemd's own socket, which is root's alone (facts.md N154). */
const PRIVATE = '/run/systemd/private';

export interface LineOptions extends BusOptions {
  /** The path of systemd's own socket; root's unless an address is given. */
  readonly peer?: string;
}

/** The way to systemd: its own socket where the caller may use it and it is there, else the system bus. */
export const lineToSystemd = (options: LineOptions): Line => {
  const { peer = options.address === undefined && process.geteuid?.() === 0 ? PRIVATE : undefined, ...bus } = options;
  return peer === undefined ? new Bus(bus) : new PeerOrBus(peer, bus);
};

/** Found out when first needed. */
class PeerOrBus implements Line {
  readonly #peer: string;
  readonly #options: BusOptions;
  #line: Promise<Line> | undefined;

  constructor(peer: string, options: BusOptions) {
    this.#peer = peer;
    this.#options = options;
  }

  async call(call: BusCall): Promise<readonly unknown[]> {
    return (await this.#found()).call(call);
  }

  async listen(rule: SignalRule, listener: SignalListener): Promise<() => void> {
    return (await this.#found()).listen(rule, listener);
  }

  close(): void {
    this.#line ??= Promise.resolve(new Bus(this.#options));
    void this.#line.then(
      line => line.close(),
      () => {}, // there is none to close; who asked for it was told
    );
  }

  #found(): Promise<Line> {
    if (this.#line === undefined) {
      const found = Peer.at(`unix:path=${this.#peer}`, this.#options).then(peer => peer ?? new Bus(this.#options));
      found.catch(() => {
        this.#line = undefined;
      });
      this.#line = found;
    }
    return this.#line;
  }
}
