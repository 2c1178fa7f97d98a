import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { checkMessage, MOST_BYTES, messageLength } from '../../src/adapters/dbus-message.ts';
import { Unreadable } from '../../src/adapters/dbus-signature.ts';
import { answerBytes, bytesOf, text, u32, variantOf } from './bus-bytes.ts';
import { variant } from './bus-server.ts';

const { marshallMessage } = createRequire(import.meta.url)('dbus-next/lib/marshall-compat.js') as {
  marshallMessage(message: object): readonly [Buffer];
};

const told = (bytes: Buffer) => {
  const replies: number[] = [];
  const isForUs = checkMessage(bytes, { answers: serial => replies.push(serial), wants: () => true });
  return { isForUs, replies };
};

/** What is wrong with a message; fails when nothing is. */
const wrongWith = (bytes: Buffer): string => {
  try {
    if (messageLength(bytes) === bytes.length) told(bytes);
  } catch (error) {
    if (error instanceof Unreadable) return error.message;
    throw error;
  }
  throw new Error('nothing is wrong with it');
};

describe('a message that dbus-next made is sound:', () => {
  const row = ['a.service', 'A', 'loaded', 'active', 'running', '', '/a', 7, '', '/'];
  it.each<[string, readonly unknown[]]>([
    ['', []],
    ['ybnqiuxtdsog', [255, true, -1, 1, -1, 1, -1n, 2n ** 64n - 1n, 1.5, 'ü', '/a', 'a{sv}']],
    ['a(ssssssouso)', [[row, row, row]]],
    ['a{sv}', [{ A: variant('s', 'x'), B: variant('a(sb)', [['a', true]]), C: variant('ay', Buffer.from([0, 1])) }]],
    ['aax', [[[], [1n], []]]],
    ['ayau', [Buffer.from([1, 2, 3]), [1, 2]]],
    ['(y(y(yx)))', [[1, [2, [3, 4n]]]]],
    ['v', [variant('v', variant('v', variant('s', 'deep')))]],
    ['abas', [[true, false], []]],
  ])('%s', (signature, body) => {
    const [bytes] = marshallMessage({ type: 2, serial: 7, replySerial: 3, sender: ':1.0', signature, body });
    expect(messageLength(bytes)).toBe(bytes.length);
    expect(told(bytes)).toEqual({ isForUs: true, replies: [3] });
  });
});

/** What the bus said to a process that rolled two replicas, beside systemd of that version: the answer to AUTH, and the messages. */
const heardInRoll = (version: 252 | 257): readonly Buffer[] => {
  const heard = readFileSync(new URL(`systemd-${version}/roll.bus`, import.meta.url));
  const messages: Buffer[] = [];
  for (let at = heard.indexOf('\n') + 1; at < heard.length; at += messages.at(-1)?.length ?? 0) {
    messages.push(heard.subarray(at, at + messageLength(heard.subarray(at))));
  }
  return messages;
};

describe.each([252, 257] as const)('all that systemd %i says in a roll', version => {
  const messages = heardInRoll(version);

  it('is sound, and for us', () => {
    expect(messages.length).toBeGreaterThan(100);
    for (const message of messages) expect(told(message).isForUs).toBe(true);
  });

  it('is looked through in less than a millisecond of the processor, once the code is compiled', () => {
    const takes = Array.from({ length: 300 }, () => {
      const before = process.cpuUsage();
      for (const message of messages) checkMessage(message, { answers: () => {}, wants: () => true });
      const { user, system } = process.cpuUsage(before);
      return user + system;
    });
    expect(Math.min(...takes)).toBeLessThan(1_000);
  });
});

it('what is made here by hand is a message', () => {
  expect(told(answerBytes({ replySerial: 5, signature: 's', body: text('a') }))).toEqual({
    isForUs: true,
    replies: [5],
  });
});

it('a message of a type that nobody knows yet is passed over, and so is a field', () => {
  expect(told(answerBytes({ type: 9 }))).toEqual({ isForUs: false, replies: [1] });
  const fields = [bytesOf(Buffer.from([77]), variantOf('s', text('new')))];
  expect(told(answerBytes({ fields }))).toEqual({ isForUs: true, replies: [1] });
});

describe('a message is not read whose', () => {
  const deep = (levels: number, one: string) => `${one.repeat(levels)}y`;
  const nested = (levels: number): Buffer =>
    levels === 0 ? Buffer.from([1, 0x79, 0, 7]) : bytesOf(Buffer.from([1, 0x76, 0]), nested(levels - 1));
  it.each<[string, Buffer, string]>([
    ['first byte is no order of bytes', bytesOf('X', answerBytes({}).subarray(1)), 'it is no message of D-Bus'],
    ['version is another', answerBytes({ version: 2 }), 'it is of version 2 of D-Bus'],
    ['type is none', answerBytes({ type: 0 }), 'it is of no type'],
    ['serial is none', answerBytes({ serial: 0 }), 'it has no number'],
    ['body is announced as 4 GiB', answerBytes({ bodyLength: 2 ** 32 - 8 }), 'it has more than 16 MiB'],
    ['header is announced as 4 GiB', answerBytes({ fieldsLength: 2 ** 32 - 8 }), 'it has more than 16 MiB'],
    [
      'body is announced as a little more than is read',
      answerBytes({ bodyLength: MOST_BYTES }),
      'it has more than 16 MiB',
    ],
    [
      'header ends in the middle of a field',
      answerBytes({ fieldsLength: 6, bodyLength: 0 }).subarray(0, 24),
      'its header does not end where it says',
    ],
    [
      'header has a field twice',
      answerBytes({ fields: [bytesOf(Buffer.from([5]), variantOf('u', u32(9)))] }),
      'its header has a field that cannot be',
    ],
    [
      'header has the field 0',
      answerBytes({ fields: [bytesOf(Buffer.from([0]), variantOf('u', u32(9)))] }),
      'its header has a field that cannot be',
    ],
    [
      'header has a signature that is a number',
      answerBytes({ fields: [bytesOf(Buffer.from([8]), variantOf('u', u32(9)))] }),
      'its header has a field of another type',
    ],
    ['body has no signature', answerBytes({ body: text('a') }), 'it does not end where it says'],
    ['signature has no body', answerBytes({ signature: 's' }), 'it has a value that goes beyond its end'],
    [
      'body goes on after its signature',
      answerBytes({ signature: 'y', body: bytesOf(2) }),
      'it does not end where it says',
    ],
    [
      'text goes beyond the end',
      answerBytes({ signature: 's', body: bytesOf(u32(9), 'abc', 1) }),
      'it has a value that goes beyond its end',
    ],
    [
      'text goes beyond 4 GiB',
      answerBytes({ signature: 's', body: bytesOf(u32(2 ** 32 - 1), 'abc', 1) }),
      'it has a value that goes beyond its end',
    ],
    [
      'text has no end',
      answerBytes({ signature: 's', body: bytesOf(u32(3), 'abcd') }),
      'it has a text that does not end where it says',
    ],
    [
      'text has an end in it',
      answerBytes({ signature: 's', body: bytesOf(u32(3), 'a\0b', 1) }),
      'it has a text that does not end where it says',
    ],
    ['truth is 2', answerBytes({ signature: 'b', body: u32(2) }), 'it has a truth value that is none'],
    [
      'padding is something',
      answerBytes({ signature: 'yu', body: bytesOf('a', 'bcd', u32(1)) }),
      'it has something where nothing is to be',
    ],
    [
      'array goes beyond the end',
      answerBytes({ signature: 'au', body: bytesOf(u32(8), u32(1)) }),
      'it has an array that goes beyond its end',
    ],
    [
      'array of bytes goes beyond the end',
      answerBytes({ signature: 'ay', body: u32(2 ** 31) }),
      'it has an array that goes beyond its end',
    ],
    [
      'array ends in an element',
      answerBytes({ signature: 'au', body: bytesOf(u32(6), u32(1), u32(1)) }),
      'it has an array that does not end where it says',
    ],
    ['array has structures without anything', answerBytes({ signature: 'a()', body: u32(8) }), "'a()' is no signature"],
    ['type is unknown', answerBytes({ signature: 'z', body: u32(1) }), "'z' is no signature"],
    ['type is one of a binding', answerBytes({ signature: 'a*', body: u32(0) }), "'a*' is no signature"],
    ['value is a descriptor', answerBytes({ signature: 'h', body: u32(0) }), "'h' is no signature"],
    ['array is of nothing', answerBytes({ signature: 'a', body: u32(0) }), "'a' is no signature"],
    ['structure has no end', answerBytes({ signature: '(s', body: text('a') }), "'(s' is no signature"],
    ['structure has no beginning', answerBytes({ signature: 's)', body: text('a') }), "'s)' is no signature"],
    ['dictionary is none of an array', answerBytes({ signature: '{sv}', body: bytesOf(8) }), "'{sv}' is no signature"],
    [
      'dictionary has an array for a key',
      answerBytes({ signature: 'a{ayv}', body: bytesOf(8) }),
      "'a{ayv}' is no signature",
    ],
    [
      'dictionary has a variant for a key',
      answerBytes({ signature: 'a{vs}', body: bytesOf(8) }),
      "'a{vs}' is no signature",
    ],
    ['dictionary has keys alone', answerBytes({ signature: 'a{s}', body: bytesOf(8) }), "'a{s}' is no signature"],
    ['dictionary has three in one', answerBytes({ signature: 'a{sss}', body: bytesOf(8) }), "'a{sss}' is no signature"],
    [
      'arrays lie 33 deep',
      answerBytes({ signature: deep(33, 'a'), body: u32(0) }),
      `'${deep(33, 'a')}' is no signature`,
    ],
    [
      'structures lie 33 deep',
      answerBytes({ signature: `${'('.repeat(33)}y${')'.repeat(33)}`, body: bytesOf(1) }),
      `'${'('.repeat(33)}y${')'.repeat(33)}' is no signature`,
    ],
    [
      'variants lie 65 deep',
      answerBytes({ signature: 'v', body: nested(64) }),
      'its values lie more than 64 deep in each other',
    ],
    [
      'variant is of two types',
      answerBytes({ signature: 'v', body: bytesOf(Buffer.from([2]), 'yy', 3) }),
      "it has a value of the signature 'yy'",
    ],
    ['variant is of no type', answerBytes({ signature: 'v', body: bytesOf(2) }), "it has a value of the signature ''"],
    [
      'variant has a signature that is none',
      answerBytes({ signature: 'v', body: bytesOf(Buffer.from([3]), 'a()', 5) }),
      "'a()' is no signature",
    ],
    [
      'signature in the body is none',
      answerBytes({ signature: 'g', body: bytesOf(Buffer.from([1]), '(', 1) }),
      "'(' is no signature",
    ],
    [
      'values are too many',
      answerBytes({ signature: 'ag', body: bytesOf(u32(800_004), 800_004) }),
      'it has more than 400000 values',
    ],
  ])('%s', (_, bytes, wrong) => {
    expect(wrongWith(bytes)).toBe(wrong);
  });

  it('is at the bounds is read: 32 arrays in each other, 64 variants', () => {
    expect(told(answerBytes({ signature: deep(32, 'a'), body: u32(0) })).isForUs).toBe(true);
    expect(told(answerBytes({ signature: 'v', body: nested(63) })).isForUs).toBe(true);
  });
});
