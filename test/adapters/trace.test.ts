import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { processStartMs } from '../../src/adapters/own-times.ts';
import { span } from '../../src/adapters/span.ts';
import { openTraceFile, type SpanLine, Trace, tracedJournal, tracedPorts } from '../../src/adapters/trace.ts';

const begin = () => {
  const lines: SpanLine[] = [];
  const trace = new Trace('unit roll shop', line => lines.push(JSON.parse(line)));
  return { trace, lines, named: (name: string) => lines.find(line => line.name === name) };
};

const endOf = ({ at, ms }: SpanLine) => at + ms;

describe('spans', () => {
  test('nest as the calls do, also where two go on side by side', async () => {
    const { trace, lines, named } = begin();
    const inner = (name: string) => trace.span(name, '', () => setTimeout(5));
    await trace.span('outer', 'a', async () => await Promise.all([inner('one'), inner('other')]));
    expect(lines.map(({ name }) => name)).toEqual(['one', 'other', 'outer']);
    const outer = named('outer');
    expect([named('one')?.in, named('other')?.in]).toEqual([outer?.span, outer?.span]);
    expect(outer).toMatchObject({ process: process.pid, verb: 'unit roll shop', in: 1, about: 'a' });
    expect(outer?.ms).toBeGreaterThanOrEqual(named('one')?.ms ?? Number.POSITIVE_INFINITY);
  });

  test('of work that fails are told too, and the failure is handed on', async () => {
    const { trace, lines } = begin();
    await expect(trace.span('later', '', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    const throws = () => {
      throw new Error('no');
    };
    expect(() => trace.span('now', '', throws)).toThrow('no');
    expect(lines.map(({ name }) => name)).toEqual(['later', 'now']);
  });

  test('add up to the time of the process: what comes before the program, then one stage after the other', async () => {
    const { trace, lines, named } = begin();
    trace.began();
    trace.stage('begin', '');
    await trace.span('work', '', () => setTimeout(5));
    trace.stage('settle', '');
    trace.ends();
    const [exec, node, first, second] = ['exec', 'node', 'begin', 'settle'].map(named);
    const whole = named('process');
    if (!exec || !node || !first || !second || !whole) throw new Error('a span is missing');
    expect([exec, node, first, second].map(each => each.in)).toEqual([1, 1, 1, 1]);
    expect(named('work')?.in).toBe(first.span);
    expect(whole.span).toBe(1);
    // Two look at a clock that has ticks of 10 ms.
    expect(Math.abs(exec.at - whole.at)).toBeLessThan(21);
    const told = exec.ms + node.ms + first.ms + second.ms;
    expect(Math.abs(told - whole.ms)).toBeLessThan(25);
    expect(endOf(exec)).toBeCloseTo(node.at, 0);
    expect(whole.cpuMs).toBeGreaterThan(0);
    expect(new Set(lines.map(each => each.span)).size).toBe(lines.length);
  });

  test('cost nothing where nobody traces: the work is called as it is', () => {
    const value = {};
    expect(span('name', '', () => value)).toBe(value);
  });
});

describe('the ports', () => {
  test('tell what they were asked and of whom, and never what was written or an environment', async () => {
    const { trace, lines } = begin();
    const ports = tracedPorts(
      {
        files: { write: async (_path: string, _text: string) => 'written' },
        commands: { run: async (_program: string, _args: readonly string[], _env: object) => 'said' },
        clock: { now: () => 7 },
        program: '/php-zd',
      },
      trace,
    );
    expect(await ports.files.write('/a', 'secret')).toBe('written');
    expect(await ports.commands.run('haproxy', ['-c', '-f', 'x'], { KEY: 'secret' })).toBe('said');
    expect([ports.clock.now(), ports.program]).toEqual([7, '/php-zd']);
    expect(lines.map(({ name, about }) => [name, about])).toEqual([
      ['files.write', '/a'],
      ['commands.run', 'haproxy -c -f x'],
    ]);
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  test('two steps of a roll that go on side by side have each its own parts', async () => {
    const { trace, lines } = begin();
    trace.stage('begin', '');
    const journal = tracedJournal({ write: () => undefined }, trace);
    const step = async (replica: string) => {
      journal.write({ PHP_ZD_EVENT: 'step-started', PHP_ZD_STEP: 'start', PHP_ZD_REPLICA: replica });
      await trace.span('systemd.start', replica, () => setTimeout(2));
      await trace.span('files.link', replica, () => setTimeout(2));
      journal.write({ PHP_ZD_EVENT: 'step-done', PHP_ZD_STEP: 'start', PHP_ZD_REPLICA: replica });
    };
    await Promise.all(['3', '4'].map(step));
    trace.ends();
    const found = (name: string, about: string) => lines.find(each => each.name === name && each.about === about);
    const stage = found('begin', '')?.span;
    for (const replica of ['3', '4']) {
      const whole = found('step start', replica);
      expect(whole?.in).toBe(stage);
      expect([found('systemd.start', replica)?.in, found('files.link', replica)?.in]).toEqual([
        whole?.span,
        whole?.span,
      ]);
    }
  });

  test('a step of a roll has what goes on from its begin to its end', async () => {
    const { trace, lines } = begin();
    const journal = tracedJournal({ write: () => undefined }, trace);
    journal.write({ PHP_ZD_EVENT: 'step-started', PHP_ZD_STEP: 'start', PHP_ZD_REPLICA: '3' });
    await trace.span('systemd.start', 'unit', () => setTimeout(2));
    journal.write({ PHP_ZD_EVENT: 'step-done', PHP_ZD_STEP: 'start', PHP_ZD_REPLICA: '3' });
    const step = lines.find(({ name }) => name === 'step start');
    expect(step).toMatchObject({ in: 1, about: '3' });
    expect(lines.find(({ name }) => name === 'systemd.start')?.in).toBe(step?.span);
  });
});

test('a process knows when it was made', () => {
  const script = 'console.log(Number(process.hrtime.bigint()) / 1e6)';
  const child = Number(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }));
  const age = child - processStartMs();
  expect(age).toBeGreaterThan(0);
  expect(Math.abs(age / 1000 - process.uptime())).toBeLessThan(5);
});

describe('the file of a trace', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(`${process.env['HOME'] ?? '/root'}/.trace-`);
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  test('is made for its owner alone, and appended to', () => {
    const file = openTraceFile(`${directory}/trace`);
    expect(file).toBeGreaterThan(2);
    expect(statSync(`${directory}/trace`).mode & 0o777).toBe(0o600);
    expect(openTraceFile(`${directory}/trace`)).not.toBe(file);
    expect(readFileSync(`${directory}/trace`, 'utf8')).toBe('');
  });

  const own = () => directory;
  test.each<[string, string, string, () => void]>([
    ['behind a link', 'ELOOP', '/link', () => symlinkSync('/etc/passwd', `${own()}/link`)],
    ['below a link', 'ELOOP', '/way/trace', () => symlinkSync(own(), `${own()}/way`)],
    ['where others may write', 'EOTHERS', '/trace', () => chmodSync(own(), 0o777)],
    ['where others may write, though not remove', 'EOTHERS', '/trace', () => chmodSync(own(), 0o1777)],
    ['that is a directory', 'EISDIR', '', () => undefined],
    ['that is a pipe nobody reads', 'ENXIO', '/pipe', () => execFileSync('sh', ['-c', 'mkfifo "$0"', `${own()}/pipe`])],
    ['without a directory', 'ENOENT', '/none/trace', () => undefined],
  ])('is refused %s', (_, errno, name, prepare) => {
    prepare();
    const path = directory + name;
    expect(() => openTraceFile(path)).toThrow(expect.objectContaining({ code: 'file-system', facts: { path, errno } }));
  });

  test.each(['/dev/null', 'trace'])('is refused that is no file of an absolute path: %s', path => {
    const facts = { path, errno: 'EINVAL' };
    expect(() => openTraceFile(path)).toThrow(expect.objectContaining({ code: 'file-system', facts }));
  });
});
