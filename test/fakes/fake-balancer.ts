import { PhpZdError } from '../../src/base/errors.ts';
import { SIDES, sideBackend } from '../../src/base/paths.ts';
import type {
  AnswerFigures,
  BackendState,
  Balancer,
  Connections,
  Overview,
  ServerAnswers,
  ServerChecks,
  ServerCounters,
  ServerName,
  ServerState,
  ServerSwitch,
  SiteTotals,
  Worker,
} from '../../src/ports/balancer.ts';
import { NO_TOTALS } from './no-totals.ts';

const NOTHING: ServerCounters = {
  requests: 0,
  connectionErrors: 0,
  responseErrors: 0,
  retries: 0,
  redispatches: 0,
};

const NO_ANSWERS: ServerAnswers = { answers: 0, failed: 0, ms: 0, squares: 0 };

/** What one worker has counted for a backend besides what its servers counted. */
type FakeTotals = Omit<SiteTotals, 'worker' | 'queued' | 'processes'>;

/** What one worker knows of a server. */
interface FakeServer {
  readonly name: string;
  admin: ServerState['admin'];
  isHealthy: boolean;
  isChecked: boolean;
  sessions: number;
  queued: number;
  counters: ServerCounters;
  answers: ServerAnswers;
}

interface FakeWorker {
  readonly pid: number;
  readonly backends: Map<string, FakeServer[]>;
  readonly totals: Map<string, FakeTotals>;
  /** Requests that wait in the frontend of a backend. */
  readonly held: Map<string, number>;
}

let lastPid = 2000;

/** HAProxy in memory. Nothing in it changes but by a call. */
export class FakeBalancer implements Balancer {
  /** As the configuration file has it: server names, and those with `disabled`. */
  readonly #configured = new Map<
    string,
    { readonly servers: readonly string[]; readonly disabled: readonly string[] }
  >();
  #current: FakeWorker;
  #former: FakeWorker[] = [];
  #isReachable = true;
  slower: AnswerFigures['slower'] = [];
  ratePerSecond = 0;
  /** What a check finds each time a server's state is asked for. Undefined: a server's health is what `mark` says. */
  check: ((backend: string, server: string) => boolean) | undefined;

  constructor(backends: Readonly<Record<string, readonly string[]>> = {}) {
    for (const [backend, servers] of Object.entries(backends)) this.#configured.set(backend, { servers, disabled: [] });
    this.#current = this.#startWorker();
  }

  async servers(backend: string): Promise<readonly ServerState[]> {
    const own = this.#backend(backend, `show servers state ${backend}`);
    return own.map(server => {
      const onSides = this.#sides(this.#current, backend).filter(({ name }) => name === server.name);
      const counted = onSides.map(({ counters }) => counters).reduce(addedTo, server.counters);
      const sum = (of: (each: FakeServer) => number) => onSides.reduce((total, each) => total + of(each), of(server));
      const load = { sessions: sum(each => each.sessions), queued: sum(each => each.queued) };
      return { ...this.#describe(backend, server), ...load, counters: counted };
    });
  }

  async drain(backend: string, server: string): Promise<void> {
    this.#server(backend, server, `set server ${backend}/${server} state drain`).admin = 'drain';
  }

  async ready(backend: string, server: string): Promise<void> {
    this.#server(backend, server, `set server ${backend}/${server} state ready`).admin = 'ready';
  }

  /** Carries out what can be carried out, as HAProxy does with the commands of one line: an unknown server fails alone. */
  async switch(backend: string, { ready, drain }: ServerSwitch): Promise<void> {
    await Promise.all([
      ...ready.map(server => this.ready(backend, server)),
      ...drain.map(server => this.drain(backend, server)),
    ]);
  }

  async markDown({ backend, server }: ServerName): Promise<void> {
    this.#server(backend, server, `set server ${backend}/${server} health down`).isHealthy = false;
  }

  async checks(): Promise<readonly ServerChecks[]> {
    this.#reach();
    return [...this.#current.backends].flatMap(([backend, servers]) =>
      servers.map(each => {
        const { name: server, isAlive } = { ...this.#describe(backend, each), name: each.name };
        return { backend, server, isAlive, isChecked: each.isChecked };
      }),
    );
  }

  async rest(servers: readonly ServerName[]): Promise<void> {
    for (const { backend, server } of servers)
      this.#server(backend, server, `disable health ${backend}/${server}`).isChecked = false;
  }

  async watch(servers: readonly ServerName[]): Promise<void> {
    for (const { backend, server } of servers)
      this.#server(backend, server, `enable health ${backend}/${server}`).isChecked = true;
  }

  async totals(backend: string): Promise<SiteTotals> {
    const own = this.#backend(backend, `show servers state ${backend}`);
    const servers = [...own, ...this.#sides(this.#current, backend)];
    const sum = (of: (server: FakeServer) => number) => servers.reduce((total, server) => total + of(server), 0);
    const counted = { ...NO_TOTALS, ...this.#current.totals.get(backend) };
    const queued = sum(server => server.queued);
    return {
      ...counted,
      worker: this.#current.pid,
      requests: counted.requests + sum(server => server.counters.requests),
      retries: counted.retries + sum(server => server.counters.retries),
      redispatches: counted.redispatches + sum(server => server.counters.redispatches),
      queued,
      connections: sum(server => server.sessions),
      longestQueue: Math.max(counted.longestQueue, queued),
    };
  }

  async answerFigures(backend: string): Promise<AnswerFigures> {
    const {
      answered1xx = 0,
      answered2xx = 0,
      answered3xx = 0,
      answered4xx = 0,
      answered5xx = 0,
    } = await this.totals(backend);
    const statuses = { answered1xx, answered2xx, answered3xx, answered4xx, answered5xx };
    return { statuses, slower: this.slower, ratePerSecond: this.ratePerSecond };
  }

  async serverAnswers(backend: string, servers: readonly string[]): ReturnType<Balancer['serverAnswers']> {
    const found = this.#backend(backend, `show servers state ${backend}`);
    const answers = servers.map((name): [string, ServerAnswers] => [
      name,
      found.find(each => each.name === name)?.answers ?? NO_ANSWERS,
    ]);
    return { worker: this.#current.pid, answers: new Map(answers) };
  }

  async overview(): Promise<Overview> {
    this.#reach();
    const describe = async (name: string): Promise<readonly [string, BackendState]> => [
      name,
      {
        servers: (await this.servers(name)).map(each => this.#withFormer(name, each)),
        totals: await this.totals(name),
      },
    ];
    const backends = new Map(await Promise.all([...this.#current.backends.keys()].map(describe)));
    return { backends, connections: await this.connections() };
  }

  #withFormer(backend: string, server: ServerState): ServerState {
    const those = this.#former
      .flatMap(worker => [...(worker.backends.get(backend) ?? []), ...this.#sides(worker, backend)])
      .filter(({ name }) => name === server.server);
    const sum = (of: 'sessions' | 'queued') => those.reduce((all, each) => all + each[of], server[of]);
    return { ...server, sessions: sum('sessions'), queued: sum('queued') };
  }

  async workers(): Promise<readonly Worker[]> {
    this.#reach();
    return [this.#current, ...this.#former].map(worker => ({
      pid: worker.pid,
      isCurrent: worker === this.#current,
    }));
  }

  async sessions(backend: string, server: string): Promise<{ readonly sessions: number; readonly worker: number }> {
    this.#server(backend, server, `show servers state ${backend} ${server}`);
    const all = [this.#current, ...this.#former].flatMap(worker => [
      ...(worker.backends.get(backend) ?? []),
      ...this.#sides(worker, backend),
    ]);
    const those = all.filter(each => each.name === server);
    return {
      sessions: those.reduce((sum, { sessions, queued }) => sum + sessions + queued, 0),
      worker: this.#current.pid,
    };
  }

  async held(backend: string): Promise<number> {
    this.#backend(backend, `show servers state ${backend}`);
    return [this.#current, ...this.#former].reduce((sum, worker) => sum + (worker.held.get(backend) ?? 0), 0);
  }

  async connections(): Promise<Connections> {
    this.#reach();
    const { mostConnections } = NO_TOTALS;
    const counted = await Promise.all([...this.#current.backends.keys()].map(name => this.totals(name)));
    const connections = counted.reduce((sum, totals) => sum + totals.connections, 0);
    return { connections, mostConnections: mostConnections * this.#current.backends.size };
  }

  async version(): Promise<string> {
    this.#reach();
    return '3.0.11-fake';
  }

  /** Takes effect with the next reload or restart, as a configuration file does. */
  configure(backend: string, servers: readonly string[], disabled: readonly string[] = []): void {
    this.#configured.set(backend, { servers, disabled });
  }

  /** A new process: nothing that was set is remembered, and every session is lost. */
  restart(): void {
    this.#former = [];
    this.#current = this.#startWorker();
    this.#isReachable = true;
  }

  /** A new worker, which remembers nothing that was set. The old one finishes its sessions (facts.md H7). */
  reload(): void {
    this.#former = [this.#current, ...this.#former];
    this.#current = this.#startWorker();
    this.#endIdleWorkers();
  }

  /** Nobody answers until `restart`, or `unreachable(false)`. */
  unreachable(isUnreachable = true): void {
    this.#isReachable = !isUnreachable;
  }

  /** How many servers of the current worker are not checked. */
  resting(): number {
    return [...this.#current.backends.values()].flat().filter(({ isChecked }) => !isChecked).length;
  }

  /** Sessions and queue of the current worker. */
  setSessions(backend: string, server: string, sessions: number, queued = 0): void {
    Object.assign(this.#server(backend, server, ''), { sessions, queued });
  }

  /** Requests that wait in the frontend, in the current worker. */
  setHeld(backend: string, count: number): void {
    this.#current.held.set(backend, count);
  }

  /** The sessions that former workers hold on a server end, and with the last one the worker. */
  endFormerSessions(backend: string, server: string): void {
    for (const worker of this.#former) {
      for (const each of worker.backends.get(backend) ?? []) if (each.name === server) each.sessions = 0;
    }
    this.#endIdleWorkers();
  }

  /** The requests that wait in the frontends of former workers end, and with the last one the worker. */
  endFormerHeld(backend: string): void {
    for (const worker of this.#former) worker.held.delete(backend);
    this.#endIdleWorkers();
  }

  /** A check has found a server up or down. A new worker begins with all of them up. */
  mark(backend: string, server: string, isHealthy: boolean): void {
    this.#server(backend, server, '').isHealthy = isHealthy;
  }

  /** Adds to the current worker's counters. */
  count(backend: string, server: string, counters: Partial<ServerCounters>): void {
    const found = this.#server(backend, server, '');
    found.counters = addedTo(found.counters, counters);
  }

  /** Adds to what a server has answered in the current worker. */
  answer(backend: string, server: string, answers: Partial<ServerAnswers>): void {
    const found = this.#server(backend, server, '');
    found.answers = addedTo(found.answers, answers);
  }

  /** Adds to the current worker's totals, besides what its servers count: requests that no server got, aborts, ... */
  countTotals(backend: string, totals: Partial<FakeTotals>): void {
    this.#backend(backend, '');
    this.#current.totals.set(backend, addedTo(this.#current.totals.get(backend) ?? NO_TOTALS, totals));
  }

  #startWorker(): FakeWorker {
    const backends = [...this.#configured].map(([backend, { servers, disabled }]): [string, FakeServer[]] => [
      backend,
      servers.map(name => ({
        name,
        admin: disabled.includes(name) ? 'maint' : 'ready',
        isHealthy: true,
        isChecked: true,
        sessions: 0,
        queued: 0,
        counters: NOTHING,
        answers: NO_ANSWERS,
      })),
    ]);
    lastPid += 1;
    return { pid: lastPid, backends: new Map(backends), totals: new Map(), held: new Map() };
  }

  #endIdleWorkers(): void {
    this.#former = this.#former.filter(
      worker =>
        [...worker.backends.values()].flat().some(({ sessions, queued }) => sessions + queued > 0) ||
        [...worker.held.values()].some(count => count > 0),
    );
  }

  #describe(backend: string, server: FakeServer): ServerState {
    const { name, admin, sessions, queued, counters } = server;
    if (this.check && server.isChecked) server.isHealthy = this.check(backend, name);
    const isAlive = server.isHealthy && admin !== 'maint'; // a server in maintenance is not checked
    const status = { ready: isAlive ? 'UP' : 'DOWN', drain: 'DRAIN', maint: 'MAINT' }[admin];
    return { server: name, isUp: status === 'UP', isAlive, admin, status, sessions, queued, counters };
  }

  /** The servers on the sides of a backend, which are the same ones. */
  #sides(worker: FakeWorker, backend: string): readonly FakeServer[] {
    return SIDES.flatMap(side => worker.backends.get(sideBackend(backend, side)) ?? []);
  }

  #reach(): void {
    if (this.#isReachable) return;
    throw new PhpZdError('balancer-unreachable', { socket: '/fake/admin.sock', reason: 'ECONNREFUSED' });
  }

  #backend(backend: string, command: string): FakeServer[] {
    this.#reach();
    const found = this.#current.backends.get(backend);
    if (found) return found;
    const answer = command.startsWith('set') ? 'No such backend.' : "Can't find backend.";
    throw new PhpZdError('balancer-refused', { command, answer });
  }

  #server(backend: string, server: string, command: string): FakeServer {
    const found = this.#backend(backend, command).find(each => each.name === server);
    if (found) return found;
    throw new PhpZdError('balancer-refused', { command, answer: 'No such server.' });
  }
}

const addedTo = <T extends object>(numbers: T, more: Partial<Record<keyof T, number>>): T => {
  const sums = Object.entries(numbers).map(([name, number]) => [name, number + (more[name as keyof T] ?? 0)]);
  return { ...numbers, ...Object.fromEntries(sums) };
};
