import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, expect, test } from 'vitest';
import { paths } from '../src/base/paths.ts';

const directory = mkdtempSync(`${tmpdir()}/php-zd-turns-`);
const at = (name: string) => `${directory}/${name}`;
afterAll(() => rmSync(directory, { recursive: true }));

const MOST = Math.min(16, Math.max(4, 2 * availableParallelism()));
const script = readFileSync(new URL('../units/in-turn.sh', import.meta.url), 'utf8');
writeFileSync(at('in-turn.sh'), script.replace(`${paths.turns}/$1`, directory));
for (const name of ['queue', ...Array.from({ length: 16 }, (_, index) => index + 1)]) writeFileSync(at(`${name}`), '');

/** A program that says when it begins and when it ends, with what its turn lasts. */
const PROGRAM = 'echo "$0 begins $PHP_ZD_TURN" >>"$1"; sleep "$2"; echo "$0 ends" >>"$1"';

const started: ChildProcess[] = [];
const start = (name: string, log: string, program = PROGRAM) => {
  const args = [at('in-turn.sh'), 'sites', '7', 'bash', '-c', program, name, at(log), '0.3'];
  const child = spawn('/usr/bin/dash', args, { stdio: 'ignore' });
  started.push(child);
  return child;
};
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});
const lines = (log: string): readonly string[] => readFileSync(at(log), 'utf8').trimEnd().split('\n');
const begun = (log: string): number =>
  existsSync(at(log)) ? lines(log).filter(line => line.includes(' begins ')).length : 0;
/** Who has the lock of the queue, and who waits for it. */
const queued = (): number => {
  const ofQueue = `:${statSync(at('queue')).ino} `;
  return readFileSync('/proc/locks', 'utf8')
    .split('\n')
    .filter(line => line.includes(ofQueue)).length;
};

test('so many run at once and no more, who came first is first, and all come to their turn', async () => {
  const names = Array.from({ length: 2 * MOST + 1 }, (_, index) => `site-${index}`);
  const untilTold = PROGRAM.replace('sleep "$2"', 'until [ -e "$1.$0" ]; do sleep 0.01; done');
  const ends: Promise<unknown>[] = [];
  for (const name of names) {
    ends.push(once(start(name, 'log', untilTold), 'close'));
    // The next one comes once this one has begun, or is in the queue.
    const isThere = () => begun('log') + (ends.length > MOST ? queued() : 0) >= ends.length;
    while (!isThere()) await setTimeout(5);
  }
  expect(begun('log')).toBe(MOST);
  for (const [index, name] of names.entries()) {
    writeFileSync(at(`log.${name}`), '');
    await ends[index];
    while (begun('log') < Math.min(names.length, MOST + index + 1)) await setTimeout(5);
    expect(begun('log')).toBe(Math.min(names.length, MOST + index + 1));
  }
  expect(lines('log').filter(line => line.includes('begins'))).toEqual(names.map(name => `${name} begins 7`));
}, 60_000);

test('who gives its turn back while it goes on lets the next one begin', async () => {
  const given = `exec 9<&-; ${PROGRAM.replace('sleep "$2"', 'sleep 2')}`;
  const ends = Array.from({ length: MOST }, (_, index) => once(start(`early-${index}`, 'given', given), 'close'));
  await setTimeout(300);
  ends.push(once(start('next', 'given'), 'close'));
  await Promise.all(ends);
  expect(lines('given').indexOf('next ends')).toBeLessThan(
    lines('given').findIndex(line => /^early.* ends/.test(line)),
  );
});

test('one that is killed takes its turn along, in the queue too', async () => {
  const held = Array.from({ length: MOST }, (_, index) => start(`held-${index}`, 'killed', 'exec sleep 60'));
  await setTimeout(300);
  const waiting = start('waiting', 'killed');
  await setTimeout(200);
  const last = once(start('last', 'killed'), 'close');
  waiting.kill('SIGKILL');
  for (const each of held) each.kill('SIGKILL');
  await last;
  expect(lines('killed')).toEqual(['last begins 7', 'last ends']);
});

test('where nothing was made for turns, nobody waits', async () => {
  rmSync(at('queue'));
  await once(start('alone', 'none'), 'close');
  expect(lines('none')).toEqual(['alone begins ', 'alone ends']);
});
