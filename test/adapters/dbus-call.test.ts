import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { encodeCall } from '../../src/adapters/dbus-call.ts';

const { marshall } = createRequire(import.meta.url)('dbus-next/lib/message.js') as {
  readonly marshall: (message: object) => readonly [Buffer];
};

const call = {
  ...{ destination: 'org.example.Name', path: '/org/example', interface: 'org.example.Face', member: 'Ask' },
  answer: '',
};

test.each<[string, { readonly signature?: string; readonly body?: readonly string[]; readonly path?: string }]>([
  ['without arguments', {}],
  ['of one string', { signature: 's', body: ['php-zd@shop.service'] }],
  ['of an empty string', { signature: 's', body: [''] }],
  ['of two strings', { signature: 'ss', body: ['org.freedesktop.systemd1.Unit', 'NeedDaemonReload'] }],
  ['of strings of several bytes a character', { signature: 'sss', body: ['é', '日本', '🐘'] }],
  ...Array.from({ length: 9 }, (_, more): [string, { readonly path: string }] => [
    `with a path ${more} longer`,
    { path: `/a${'b'.repeat(more)}` },
  ]),
])('a call %s has the bytes that dbus-next gives it', (_, args) => {
  const whole = { ...call, ...args };
  expect(encodeCall(whole, 77, 4)).toEqual(marshall({ type: 1, serial: 77, flags: 4, ...structuredClone(whole) })[0]);
});

test.each<[string, string, readonly unknown[]]>([
  ['a number', 'ssi', ['php-zd@shop.service', 'main', 15]],
  ['lists', 'asas', [[], ['php-zd@*']]],
  ['a zero byte in a string', 's', ['a\0b']],
  ['another signature than its arguments', 's', []],
])('a call with %s is left to dbus-next', (_, signature, body) => {
  expect(encodeCall({ ...call, signature, body }, 1, 0)).toBeUndefined();
});
