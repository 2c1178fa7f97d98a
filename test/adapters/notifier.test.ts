import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeNotifier } from '../../src/adapters/notifier.ts';

const path = process.env['PATH'];
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(`${tmpdir()}/notify-`);
  const program = `${directory}/systemd-notify`;
  writeFileSync(program, `#!/bin/sh\necho "$@" >>${directory}/told\n`);
  chmodSync(program, 0o755);
  writeFileSync(`${directory}/told`, '');
  process.env['PATH'] = `${directory}:${path}`;
});
afterEach(() => {
  process.env['PATH'] = path;
  rmSync(directory, { recursive: true });
});

const told = () => readFileSync(`${directory}/told`, 'utf8');

test.each([
  ['in the abstract namespace', '@nobody'],
  ['that nobody listens on', '/nonexistent/notify'],
])('a socket %s is left to systemd-notify', (_, socket) => {
  makeNotifier({ socket, ways: ['datagram'] }).status('step 1');
  expect(told()).toBe('--status=step 1\n');
});

test('without an addon systemd-notify is asked, for the first line of each status', () => {
  const notifier = makeNotifier({ socket: '/run/systemd/notify', ways: [] });
  for (const text of ['step 1', 'step 2\nMAINPID=1']) notifier.status(text);
  expect(told()).toBe('--status=step 1\n--status=step 2\n');
});

test('a status says nothing to a terminal, and not much', () => {
  makeNotifier({ socket: '/run/systemd/notify', ways: [] }).status(`a\x1b[2J\u202eb${'c'.repeat(9_999)}`);
  expect(told()).toMatch(/^--status=a\?\[2J\?bc{1017}\n$/);
});

test('when no service manager listens nobody is told', () => {
  makeNotifier({ socket: undefined }).status('step 1');
  expect(told()).toBe('');
});
