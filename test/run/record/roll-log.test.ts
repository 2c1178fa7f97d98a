import { expect, test } from 'vitest';
import { PhpZdError, recordError } from '../../../src/base/errors.ts';
import { sitePaths } from '../../../src/base/paths.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Files } from '../../../src/ports/files.ts';
import { reportToFollowers } from '../../../src/report/roll/log.ts';
import { openRollLog, readRollLog } from '../../../src/run/record/roll-log.ts';
import type { Event } from '../../../src/run/site/events.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { FakeFiles } from '../../fakes/fake-files.ts';

const path = sitePaths('shop').rollLog;
const stopped: Event = { kind: 'stopped', replicas: 2 };
const unproven = new PhpZdError('replica-unproven', {
  replica: 2,
  reason: { kind: 'status', path: '/', status: 500 },
  ms: 10_000,
});
const warmupFailed: Event = { kind: 'warmup-failed', slot: 2, error: unproven };

/** A process of the site's unit that speaks. */
const speaker = (
  ports: { readonly files: Files; readonly clock: Clock },
  about: { readonly roll?: string; readonly isNew: boolean },
) => {
  const log = openRollLog(ports.files, { site: 'shop', isNew: about.isNew });
  return { emit: reportToFollowers(log, ports.clock, { site: 'shop', ...about }), written: log.written };
};

const host = async () => {
  const files = new FakeFiles();
  await files.makeDirectory('/run/php-zd');
  return { files, clock: new FakeClock(1_000) };
};

test('what is written is read again, errors with their code and facts, their order kept', async () => {
  const ports = await host();
  const log = speaker(ports, { roll: 'abc', isNew: true });
  log.emit(warmupFailed);
  log.emit(stopped);
  await log.written();
  const found = await readRollLog(ports.files, 'shop');
  expect(found?.entries).toEqual([
    {
      ...{ time: 1_000, site: 'shop', roll: 'abc', priority: 4 },
      event: { ...warmupFailed, error: recordError(unproven) },
      text: 'Replica 2 answered / with 500 for 10s. Going on all the same.',
    },
    { time: 1_000, site: 'shop', roll: 'abc', priority: 5, event: stopped, text: 'Stopped shop: 2 replicas.' },
  ]);
});

test('a line has the error without its stack, and is for everybody to read', async () => {
  const ports = await host();
  const log = speaker(ports, { isNew: false });
  log.emit(warmupFailed);
  await log.written();
  const [line = ''] = ((await ports.files.read(path)) ?? '').split('\n');
  const { code, facts } = unproven;
  expect(JSON.parse(line)).toEqual({
    ...{
      format: 1,
      time: 1_000,
      site: 'shop',
      priority: 4,
      event: { kind: 'warmup-failed', slot: 2, error: { code, facts } },
    },
    text: 'Replica 2 answered / with 500 for 10s. Going on all the same.',
  });
  expect(ports.files.attributes(path)).toMatchObject({ mode: 0o644 });
});

test('a roll begins the file anew, and the settle goes on with it', async () => {
  const ports = await host();
  const speak = async (roll: string, isNew: boolean) => {
    const log = speaker(ports, { roll, isNew });
    log.emit(stopped);
    await log.written();
  };
  await speak('one', true);
  await speak('one', false);
  const before = await readRollLog(ports.files, 'shop');
  expect(before?.entries.map(({ roll }) => roll)).toEqual(['one', 'one']);
  await speak('two', true);
  const after = await readRollLog(ports.files, 'shop', before?.place);
  expect(after?.entries.map(({ roll }) => roll)).toEqual(['two']);
});

test('a roll that says nothing leaves nothing of the one before', async () => {
  const ports = await host();
  await ports.files.makeDirectory(sitePaths('shop').run);
  await ports.files.append(path, 'old\n');
  await speaker(ports, { roll: 'two', isNew: true }).written();
  expect(await ports.files.read(path)).toBe('');
});

test('a site that was never started has no directory yet, and is given none before something is said', async () => {
  const ports = await host();
  await speaker(ports, { isNew: true }).written();
  expect(await ports.files.list('/run/php-zd')).toEqual([]);
  expect(await readRollLog(ports.files, 'shop')).toBeUndefined();
});

/** Nothing can be appended there. */
class FailingFiles extends FakeFiles {
  readonly #error: Error;

  constructor(error: Error) {
    super();
    this.#error = error;
  }

  override append(): Promise<void> {
    return Promise.reject(this.#error);
  }
}

test('a file system that is full does not stop a roll; a bug is heard of', async () => {
  const written = async (error: Error) => {
    const log = speaker({ files: new FailingFiles(error), clock: new FakeClock() }, { isNew: false });
    log.emit(stopped);
    await log.written();
  };
  await written(new PhpZdError('file-system', { path, errno: 'ENOSPC' }));
  await expect(written(new TypeError('x'))).rejects.toThrow(TypeError);
});

test.each([
  ['half a line, of a process that was killed', '{"time":2,"ev'],
  [
    'a line of a newer php-zd',
    '{"format":2,"time":2,"site":"shop","priority":5,"text":"x","event":{"kind":"stopped"}}',
  ],
  ['a line without a text', '{"format":1,"time":2,"site":"shop","priority":5,"event":{"kind":"stopped"}}'],
  ['a line whose event has no kind', '{"format":1,"time":2,"site":"shop","priority":5,"text":"x","event":["stopped"]}'],
  [
    'a line whose time is none',
    '{"format":1,"time":"2","site":"shop","priority":5,"text":"x","event":{"kind":"stopped"}}',
  ],
  ['a list', '[]'],
])('%s is passed over, and what stands before it is read', async (_, line) => {
  const { files } = await host();
  await files.makeDirectory(sitePaths('shop').run);
  const sound = '{"format":1,"time":1,"site":"shop","priority":5,"text":"x","event":{"kind":"stopped","replicas":2}}';
  await files.append(path, `${sound}\n${line}\n`);
  expect((await readRollLog(files, 'shop'))?.entries).toEqual([
    { time: 1, site: 'shop', priority: 5, text: 'x', event: stopped },
  ]);
});

test('a site that makes its drain worth telling for ever does not fill /run', async () => {
  const ports = await host();
  const log = speaker(ports, { isNew: true });
  const blockers = Array.from({ length: 20 }, (_, pid) => ({
    ...{ pid, state: 'Running', requestUri: '/\x9b'.repeat(128), requestMethod: 'GET', script: '/i.php' },
    ...{ requestDurationUs: 5_000_000, startSince: 1 },
  }));
  for (let n = 0; n < 2_000; n += 1) log.emit({ kind: 'draining', slot: 1, busy: n, blockers });
  log.emit(stopped);
  await log.written();
  const text = (await ports.files.read(path)) ?? '';
  expect(text.length).toBeLessThan(1_100_000);
  expect(text).not.toContain('\x9b');
  expect((await readRollLog(ports.files, 'shop'))?.entries.at(-1)?.event).toEqual(stopped);
});
