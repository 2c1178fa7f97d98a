import { AsyncLocalStorage } from 'node:async_hooks';
import { closeSync, constants, fstatSync, lstatSync, openSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import { performance } from 'node:perf_hooks';
import { PhpZdError } from '../base/errors.ts';
import type { Journal, JournalFields } from '../ports/journal.ts';
import { nowMs, processStartMs } from './own-times.ts';
import type { Tracer } from './span.ts';

/** A span as the trace has it, one JSON text a line. Times are milliseconds, `at` by the monotonic clock, which all processes share. */
export interface SpanLine {
  readonly process: number;
  /** The process's command line: its verb. */
  readonly verb: string;
  /** Unique in the process. */
  readonly span: number;
  /** The span that this one is a part of; missing for the process as a whole. */
  readonly in?: number;
  readonly name: string;
  readonly about: string;
  readonly at: number;
  readonly ms: number;
  /** The processor's time that the process took until then: of the spans of the process, and of Node.js's start, alone. */
  readonly cpuMs?: number;
}

const MOST_ABOUT = 200;
/** Group and others may write. */
const WRITABLE = 0o022;

/**
 * Opens the file of a trace, to append to it, and gives its descriptor. Root writes only where nobody else could have put the file or a link
 * to another one: throws `file-system`, with EOTHERS for a directory that somebody else may write to, with ELOOP for a link.
 */
export const openTraceFile = (path: string): number => {
  try {
    requireOwn(dirname(path));
    const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
    const file = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
    if (fstatSync(file).isFile()) return file;
    closeSync(file);
    throw failed('EINVAL');
  } catch (error) {
    const errno = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new PhpZdError('file-system', { path, errno }, error);
  }
};

const requireOwn = (directory: string): void => {
  if (!isAbsolute(directory)) throw failed('EINVAL');
  for (let above = directory; ; above = dirname(above)) {
    const found = lstatSync(above);
    if (found.isSymbolicLink()) throw failed('ELOOP');
    const isOwn = found.uid === 0 || found.uid === process.geteuid?.();
    if (!isOwn || (found.mode & WRITABLE) !== 0) throw failed('EOTHERS');
    if (above === dirname(above)) return;
  }
};

const failed = (code: string): Error => Object.assign(new Error(code), { code });

/** A span that has begun. */
type Begun = Pick<SpanLine, 'span' | 'name' | 'about' | 'at'> & { readonly in: number };

/** The spans of one process. A span begun within another, or within a step or stage, is a part of it. */
export class Trace implements Tracer {
  readonly #within = new AsyncLocalStorage<number>();
  readonly #write: (line: string) => void;
  readonly #verb: string;
  #last = ROOT;
  readonly #steps = new Map<string, Begun>();
  #stage: Begun | undefined;

  constructor(verb: string, write: (line: string) => void) {
    this.#verb = verb;
    this.#write = write;
  }

  span<Value>(name: string, about: string, work: () => Value): Value {
    const inside = this.#within.getStore() ?? ROOT;
    const span = this.#next();
    const at = nowMs();
    const end = () => this.#tell({ span, in: inside, name, about, at, ms: nowMs() - at });
    let isLater = false;
    try {
      const value = this.#within.run(span, work);
      if (!(value instanceof Promise)) return value;
      isLater = true;
      return value.finally(end) as Value;
    } finally {
      if (!isLater) end();
    }
  }

  /** A step begins: what is called from here on, by whoever called this and what it awaits, is a part of it until it ends. */
  beginStep(name: string, about: string): void {
    const span = this.#next();
    this.#steps.set(`${name} ${about}`, { span, in: this.#stage?.span ?? ROOT, name, about, at: nowMs() });
    this.#within.enterWith(span);
  }

  endStep(name: string, about: string): void {
    const step = this.#steps.get(`${name} ${about}`);
    if (step === undefined) return;
    this.#steps.delete(`${name} ${about}`);
    this.#tell({ ...step, ms: nowMs() - step.at });
    this.#within.enterWith(step.in);
  }

  /** The process is in this stage from now on, and until the next one. */
  stage(name: string, about: string): void {
    this.#endStage();
    this.#stage = { span: this.#next(), in: ROOT, name, about, at: nowMs() };
    this.#within.enterWith(this.#stage.span);
  }

  /** What came before the program's first line: the sandbox and execve(2), then Node.js. */
  began(): void {
    const [started, node] = [processStartMs(), nowMs() - performance.now()];
    this.#tell({ span: this.#next(), in: ROOT, name: 'exec', about: '', at: started, ms: node - started });
    this.#tell({
      span: this.#next(),
      in: ROOT,
      name: 'node',
      about: process.version,
      at: node,
      ms: nowMs() - node,
      cpuMs: cpuMs(),
    });
  }

  /** The process ends now. */
  ends(): void {
    this.#endStage();
    const started = processStartMs();
    this.#tell({
      span: ROOT,
      name: 'process',
      about: process.title,
      at: started,
      ms: nowMs() - started,
      cpuMs: cpuMs(),
    });
  }

  #endStage(): void {
    if (this.#stage === undefined) return;
    this.#tell({ ...this.#stage, ms: nowMs() - this.#stage.at });
    this.#stage = undefined;
  }

  #next(): number {
    this.#last += 1;
    return this.#last;
  }

  #tell({ about, at, ms, ...rest }: Omit<SpanLine, 'process' | 'verb'>): void {
    const line: SpanLine = {
      ...{ process: process.pid, verb: this.#verb, ...rest },
      ...{ about: about.slice(0, MOST_ABOUT), at: rounded(at), ms: rounded(ms) },
    };
    this.#write(`${JSON.stringify(line)}\n`);
  }
}

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** The span of the process as a whole. */
const ROOT = 1;

const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;

/** A clock that is only read takes no time worth a line. */
const UNTOLD: readonly string[] = ['clock.now', 'clock.monotonicMs', 'clock.uptimeMs'];

/** The ports, with each call of one as a span that has the name of port and function and is about the first things that it was given. */
export const tracedPorts = <Ports extends object>(ports: Ports, tracer: Tracer): Ports =>
  Object.fromEntries(
    Object.entries(ports).map(([name, port]) => [name, isPort(port) ? traced(name, port, tracer) : port]),
  ) as Ports;

const isPort = (value: unknown): value is object => typeof value === 'object' && value !== null;

const traced = (name: string, port: object, tracer: Tracer): object =>
  Object.fromEntries(
    Object.entries(port).map(([member, does]) => {
      const called = `${name}.${member}`;
      if (typeof does !== 'function' || UNTOLD.includes(called)) return [member, does];
      return [member, (...given: readonly unknown[]) => tracer.span(called, aboutOf(given), () => does(...given))];
    }),
  );

/** Never what is written, or sent: a program's environment and a file's text may have secrets. */
const aboutOf = ([first, second]: readonly unknown[]): string => {
  if (typeof first !== 'string') return '';
  return Array.isArray(second) ? [first, ...second].join(' ') : first;
};

/** The journal, whose events say which step of a roll is under way. */
export const tracedJournal = (journal: Journal, trace: Trace): Journal => ({
  write: fields => {
    trace.span('journal.write', fields['PHP_ZD_EVENT'] ?? '', () => journal.write(fields));
    tellStep(trace, fields);
  },
});

const tellStep = (trace: Trace, fields: JournalFields): void => {
  const { PHP_ZD_EVENT: event, PHP_ZD_STEP: step = '', PHP_ZD_REPLICA: replica = '' } = fields;
  if (event === 'step-started') trace.beginStep(`step ${step}`, replica);
  if (event === 'step-done' || event === 'step-failed') trace.endStep(`step ${step}`, replica);
};
