import { writeSync } from 'node:fs';
import type { Journal } from '../ports/journal.ts';
import { traceTo } from './span.ts';
import { openTraceFile, Trace, tracedJournal, tracedPorts } from './trace.ts';

/** The trace that this process writes. */
export interface Tracing {
  readonly ports: <Ports extends object>(ports: Ports) => Ports;
  readonly journal: (journal: Journal) => Journal;
  /** The process goes on to another part of its work. */
  readonly stage: (name: string) => void;
}

/**
 * Writes spans of this process to the file from now on, until it ends, each as soon as it is over: of a process that is killed they stay.
 * Throws `file-system`.
 */
export const traceProcess = (path: string, verb: string): Tracing => {
  const file = openTraceFile(path);
  const write = (line: string): void => {
    try {
      writeSync(file, line);
    } catch {
      // A roll must not end because the disk of its trace is full.
    }
  };
  const trace = new Trace(verb, write);
  trace.began();
  trace.stage('begin', verb);
  traceTo(trace);
  process.once('exit', () => trace.ends());
  return {
    ports: ports => tracedPorts(ports, trace),
    journal: journal => tracedJournal(journal, trace),
    stage: name => trace.stage(name, ''),
  };
};
