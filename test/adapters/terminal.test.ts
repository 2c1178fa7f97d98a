import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { makeTerminal } from '../../src/adapters/terminal.ts';

/** A stream as Node.js has it for a terminal. */
class Stream extends EventEmitter {
  readonly isTTY: boolean;
  columns = 80;
  rows = 24;

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }
}

const make = (stream: Stream, env: NodeJS.ProcessEnv = {}) =>
  makeTerminal(stream as unknown as Parameters<typeof makeTerminal>[0], env);

describe('a terminal', () => {
  test('is not a pipe, nor what calls itself dumb', () => {
    expect(make(new Stream(false), { TERM: 'xterm' })).toBeUndefined();
    expect(make(new Stream(true), { TERM: 'dumb' })).toBeUndefined();
    expect(make(new Stream(true), { TERM: 'xterm' })).toBeDefined();
  });

  test('has colours unless NO_COLOR is set to something', () => {
    expect(make(new Stream(true))?.hasColour).toBe(true);
    expect(make(new Stream(true), { NO_COLOR: '' })?.hasColour).toBe(true);
    expect(make(new Stream(true), { NO_COLOR: '1' })?.hasColour).toBe(false);
  });

  test('tells of its new size until nobody wants to know', () => {
    const stream = new Stream(true);
    const terminal = make(stream);
    let seen = '';
    const stop = terminal?.onResize(() => {
      seen += `${terminal.size().columns}x${terminal.size().rows} `;
    });
    [stream.columns, stream.rows] = [200, 50];
    stream.emit('resize');
    stop?.();
    stream.emit('resize');
    expect(seen).toBe('200x50 ');
  });

  test('that does not know its size is taken for one of 80 by 24', () => {
    const stream = new Stream(true);
    [stream.columns, stream.rows] = [0, 0];
    expect(make(stream)?.size()).toEqual({ columns: 80, rows: 24 });
  });
});
