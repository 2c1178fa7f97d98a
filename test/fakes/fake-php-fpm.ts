import { within } from '../../src/adapters/within.ts';
import { PhpZdError } from '../../src/base/errors.ts';
import { FPM_PING_PATH, FPM_STATUS_PATH } from '../../src/base/fpm-paths.ts';
import type { FpmAnswer, FpmOptions, FpmProcess, FpmRequest, FpmStatus, PhpFpm } from '../../src/ports/php-fpm.ts';

/** What a script does: its answer, or work that goes on after `finish` gave the answer (fastcgi_finish_request). */
export type FakeScript = (
  request: FpmRequest,
  finish: (answer: Partial<FpmAnswer>) => void,
) => Partial<FpmAnswer> | Promise<Partial<FpmAnswer>>;

export interface FakePoolOptions {
  readonly socket: string;
  readonly statusSocket?: string;
  readonly children?: number;
  /** The backlog of listen(2): one connection more than that may wait. */
  readonly backlog?: number;
  /**
   * The scripts by file name. A script that rejects makes the request reject with the same; a missing one is answered with 404.
   */
  readonly scripts?: ReadonlyMap<string, FakeScript>;
}

/** PHP-FPM masters in memory. Nothing in it takes time but what a script waits for. */
export class FakePhpFpm implements PhpFpm {
  readonly #pools = new Map<string, FakePool>();

  /** Starts a master, in the place of any that listened on the same sockets. */
  serve(options: FakePoolOptions): FakePool {
    const pool = new FakePool(options);
    for (const socket of [options.socket, options.statusSocket]) if (socket) this.#pools.set(socket, pool);
    return pool;
  }

  /** The sockets' files are gone. */
  remove(pool: FakePool): void {
    pool.die();
    for (const [socket, other] of this.#pools) if (other === pool) this.#pools.delete(socket);
  }

  ping(socket: string, options: FpmOptions): Promise<void> {
    return this.#ask(socket, options, async pool => {
      if (socket !== pool.statusSocket) await pool.run(ownPage(FPM_PING_PATH), () => ({}));
    });
  }

  status(socket: string, options: FpmOptions): Promise<FpmStatus> {
    return this.#ask(socket, options, async pool => {
      if (socket === pool.statusSocket) return pool.status();
      let status = pool.status();
      await pool.run(ownPage(FPM_STATUS_PATH), () => {
        status = pool.status();
        return {};
      });
      return status;
    });
  }

  request(socket: string, request: FpmRequest, options: FpmOptions): Promise<FpmAnswer> {
    return this.#ask(socket, options, pool => pool.run(request, pool.scripts.get(request.scriptFilename) ?? notFound));
  }

  async #ask<T>(socket: string, { deadlineMs, signal }: FpmOptions, ask: (pool: FakePool) => Promise<T>): Promise<T> {
    if (signal?.aborted) throw new PhpZdError('aborted', {}, signal.reason);
    const pool = this.#pools.get(socket);
    const errno = pool?.refusal(socket);
    if (!pool || errno !== undefined) throw new PhpZdError('fastcgi-unreachable', { socket, errno: errno ?? 'ENOENT' });
    const killed = pool.dead.then(() => {
      throw new PhpZdError('fastcgi-broken', { socket, reason: 'it was closed before its end' });
    });
    const bounds = { what: 'the answer of PHP-FPM', deadlineMs, signal, facts: { socket } };
    return within(bounds, Promise.race([ask(pool), killed]));
  }
}

const ownPage = (path: string): FpmRequest => ({
  scriptFilename: path,
  documentRoot: '/',
  uri: path,
  method: 'GET',
  headers: new Map(),
});

const notFound: FakeScript = () => ({ status: 404, body: 'File not found.\n', stderr: 'Primary script unknown' });

interface Child {
  readonly pid: number;
  state: 'Idle' | 'Running' | 'Finishing';
  last: FpmRequest | undefined;
}

let lastPid = 1000;

export class FakePool {
  readonly scripts: Map<string, FakeScript>;
  readonly statusSocket: string | undefined;
  /** Resolves when the master dies. */
  readonly dead: Promise<void>;
  readonly #children: readonly Child[];
  readonly #backlog: number;
  readonly #queue: ((child: Child) => void)[] = [];
  #kill: () => void = () => {};
  #isDead = false;
  #accepted = 0;
  #maxChildrenReached = 0;

  constructor({ statusSocket, children = 2, backlog = 511, scripts = new Map() }: FakePoolOptions) {
    this.statusSocket = statusSocket;
    this.scripts = new Map(scripts);
    this.#backlog = backlog;
    this.#children = Array.from({ length: children }, () => ({ pid: ++lastPid, state: 'Idle', last: undefined }));
    this.dead = new Promise(resolve => {
      this.#kill = resolve;
    });
  }

  /** The master dies as of SIGKILL: running requests break, and the sockets' files stay and refuse. */
  die(): void {
    this.#isDead = true;
    this.#kill();
  }

  /** Why a connection would fail now. */
  refusal(socket: string): 'ECONNREFUSED' | 'EAGAIN' | undefined {
    if (this.#isDead) return 'ECONNREFUSED';
    const isFull = !this.#idleChild() && this.#queue.length > this.#backlog;
    return isFull && socket !== this.statusSocket ? 'EAGAIN' : undefined;
  }

  async run(request: FpmRequest, script: FakeScript): Promise<FpmAnswer> {
    const child = this.#takeChild() ?? (await this.#awaitChild());
    child.last = request;
    this.#accepted += 1;
    return new Promise((resolve, reject) => {
      const finish = (answer: Partial<FpmAnswer>) => {
        child.state = 'Finishing';
        resolve({ status: 200, headers: new Map(), body: '', stderr: '', ...answer });
      };
      Promise.resolve()
        .then(() => script(request, finish))
        .then(finish, reject)
        .finally(() => this.#free(child));
    });
  }

  status(): FpmStatus {
    const idle = this.#children.filter(child => child.state === 'Idle').length;
    return {
      activeProcesses: this.#children.length - idle,
      idleProcesses: idle,
      totalProcesses: this.#children.length,
      acceptedConnections: this.#accepted,
      maxChildrenReached: this.#maxChildrenReached,
      startSince: 0,
      processes: this.#children.map(describeChild),
    };
  }

  #idleChild(): Child | undefined {
    return this.#children.find(child => child.state === 'Idle');
  }

  #takeChild(): Child | undefined {
    const child = this.#idleChild();
    if (child) child.state = 'Running';
    return child;
  }

  #awaitChild(): Promise<Child> {
    this.#maxChildrenReached = 1;
    return new Promise(resolve => this.#queue.push(resolve));
  }

  /** Gives the child to the request that waits longest. */
  #free(child: Child): void {
    const next = this.#queue.shift();
    child.state = next ? 'Running' : 'Idle';
    next?.(child);
  }
}

const describeChild = ({ pid, state, last }: Child): FpmProcess => ({
  pid,
  state,
  requestUri: last?.uri ?? '-',
  requestMethod: last?.method ?? '-',
  script: last?.scriptFilename ?? '-',
  requestDurationUs: 0,
  startSince: 0,
});
