import fc from 'fast-check';
import { makeSystemd } from '../../src/adapters/systemd.ts';
import type { Systemd } from '../../src/ports/systemd.ts';
import { answerBytes } from '../adapters/bus-bytes.ts';
import { type BusMessage, type BusScript, marshalled, serveBus, variant } from '../adapters/bus-server.ts';
import { mutatedBytes } from './mutated.ts';
import { answerOr, property, requireSound } from './property.ts';
import { listening, type Saying, say, saying } from './server.ts';

const MANAGER = 'org.freedesktop.systemd1.Manager';
const PATH = '/org/freedesktop/systemd1';
const JOB = `${PATH}/job/7`;
const UNIT = 'php-zd-fpm-shop@1.service';
/** Stands for the serial of the call that is answered. */
const SERIAL = 0x7a5e11a1;
const SERIAL_BYTES = Buffer.alloc(4);
SERIAL_BYTES.writeUInt32LE(SERIAL);

const properties = {
  LoadState: variant('s', 'loaded'),
  ActiveState: variant('s', 'active'),
  SubState: variant('s', 'running'),
  Result: variant('s', 'success'),
  MainPID: variant('u', 42),
  ExecMainStatus: variant('i', 3),
  InvocationID: variant('ay', Buffer.from('52a4bd8725514f53a75ee42a8aa143e6', 'hex')),
  ActiveEnterTimestamp: variant('t', 1_700_000_000_123_999n),
  NeedDaemonReload: variant('b', true),
  NRestarts: variant('u', 1),
  MemoryCurrent: variant('t', 2n ** 64n - 1n),
  CPUUsageNSec: variant('t', 123_456_789n),
  DropInPaths: variant('as', ['/etc/systemd/system/a.d/b.conf']),
  ExecStart: variant('a(sasbttttuii)', [['/bin/php', ['php', '-v'], false, 1n, 2n, 3n, 4n, 5, 6, 7]]),
};
const row = [UNIT, 'PHP-FPM', 'loaded', 'active', 'running', '', `${PATH}/unit/a`, 0, '', '/'];

/** What a good systemd answers, by the member that is called. */
const GOOD: Readonly<Record<string, readonly [signature: string, ...body: unknown[]]>> = {
  GetAll: ['a{sv}', properties],
  LoadUnit: ['o', `${PATH}/unit/a`],
  GetUnit: ['o', `${PATH}/unit/a`],
  StartUnit: ['o', JOB],
  ListUnitsByPatterns: ['a(ssssssouso)', [row, row]],
  GetUnitFileState: ['s', 'enabled'],
  Hello: ['s', ':1.9'],
};
const goodAnswer = ({ member = '', body = [] }: BusMessage): readonly [signature: string, ...body: unknown[]] =>
  member === 'Get' ? ['v', properties[String(body[1]) as keyof typeof properties]] : (GOOD[member] ?? ['']);

const message = (type: number, more: object) => marshalled({ type, serial: 9, sender: ':1.0', ...more });
const answer = ([signature, ...body]: readonly [string, ...unknown[]]) =>
  message(2, { replySerial: SERIAL, signature, body });
const signal = {
  path: PATH,
  interface: MANAGER,
  member: 'JobRemoved',
  signature: 'uoss',
  body: [7, JOB, UNIT, 'done'],
};
const refusal = { replySerial: SERIAL, errorName: 'org.freedesktop.systemd1.NoSuchUnit', signature: 's', body: ['no'] };

const DEADLINE_MS = 150;
const ERRORS = [
  ...['bus-broken', 'bus-unavailable', 'bus-denied', 'deadline', 'systemd-refused', 'unit-unknown', 'unit-masked'],
  'job-failed',
];

interface Odd {
  /** The call that is answered oddly, counted from Hello; 0 is AUTH. */
  readonly turn: number;
  readonly said: Saying;
}

let odd: Odd = { turn: -1, said: { pieces: [], after: 'waits' } };

const withSerial = (saidOf: Saying, serial: number): Saying => {
  const own = Buffer.from(SERIAL_BYTES);
  own.writeUInt32LE(serial);
  const pieces = saidOf.pieces.map(piece => piece.replaceAll(SERIAL_BYTES.toString('latin1'), own.toString('latin1')));
  return { ...saidOf, pieces };
};

const socket = listening(client => {
  if (odd.turn === 0) return void client.once('data', () => void say(client, odd.said));
  let turn = 0;
  const script: BusScript = (call, bus) => {
    turn += 1;
    const [signature, ...body] = goodAnswer(call);
    if (turn === odd.turn) return void say(client, withSerial(odd.said, call.serial ?? 0));
    bus.answer(call, signature, ...body);
    if (call.member === 'StartUnit') bus.signal(PATH, MANAGER, 'JobRemoved', { signature: 'uoss', body: signal.body });
  };
  serveBus(client, script);
});

const questions = {
  unit: systemd => systemd.unit(UNIT),
  units: systemd => systemd.units('php-zd*'),
  glance: systemd => systemd.glance(['php-zd*']),
  activeState: systemd => systemd.activeState(UNIT),
  fileState: systemd => systemd.fileState(UNIT),
  usage: systemd => systemd.usage(UNIT),
  dropIns: systemd => systemd.dropIns(UNIT),
  start: systemd => systemd.start(UNIT, { deadlineMs: DEADLINE_MS }),
} satisfies Readonly<Record<string, (systemd: Systemd) => Promise<unknown>>>;

/** Whatever bus and systemd say, at whatever turn. */
export const dbus = property({
  name: 'dbus',
  values: fc.record({
    question: fc.constantFrom(...(Object.keys(questions) as (keyof typeof questions)[])),
    turn: fc.integer({ min: 0, max: 8 }),
    said: saying(
      mutatedBytes(
        ...[...Object.values(GOOD), ...Object.values(properties).map(each => ['v', each] as const)].map(answer),
        message(4, signal),
        message(3, refusal),
        answerBytes({ replySerial: SERIAL, signature: 'a()', body: Buffer.from([8, 0, 0, 0]) }),
        answerBytes({
          replySerial: SERIAL,
          signature: 'v',
          body: Buffer.from([1, 0x76, 0, 1, 0x76, 0, 1, 0x79, 0, 7]),
        }),
        Buffer.from('OK 0123456789abcdef0123456789abcdef\r\n'),
      ),
    ),
  }),
  holds: async ({ question, turn, said }) => {
    odd = { turn, said };
    const systemd = makeSystemd({ address: `unix:path=${await socket()}`, deadlineMs: DEADLINE_MS });
    try {
      const answered = await answerOr(ERRORS, async (): Promise<unknown> => await questions[question](systemd));
      requireSound(answered, Number.MIN_SAFE_INTEGER);
    } finally {
      systemd.close();
    }
  },
});
