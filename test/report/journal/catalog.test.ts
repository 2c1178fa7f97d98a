import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PhpZdError } from '../../../src/base/errors.ts';
import { journalFields } from '../../../src/report/journal/fields.ts';
import { eventReports } from '../../../src/report/words/events.ts';
import type { Event, EventKind } from '../../../src/run/site/events.ts';
import { good } from '../receipts.ts';

const text = readFileSync(new URL('../../../units/php-zd.catalog', import.meta.url), 'utf8');

/** An entry of the catalog: the comment above it names the kind of event. */
interface Entry {
  readonly kind: string;
  readonly id: string;
  readonly header: Readonly<Record<string, string>>;
  readonly body: string;
}

const entries: readonly Entry[] = [
  ...text.matchAll(/^# ([\w-]+)\n-- ([0-9a-f]{32})\n((?:[\w-]+: .*\n)+)\n((?:(?!#|--).*\n?)*)/gm),
].map(([, kind = '', id = '', header = '', body = '']) => ({
  kind,
  id,
  header: Object.fromEntries([...header.matchAll(/^([\w-]+): (.*)$/gm)].map(([, name, value]) => [name, value])),
  body: body.trim(),
}));

const error = new PhpZdError('aborted', {});
/** One of each kind that has fields of its own. */
const events: readonly Event[] = [
  { kind: 'replica-not-drained', slot: 1, error },
  { kind: 'asked', job: 'reload', sudoUser: 'alice' },
  { kind: 'settled', release: '/srv/shop/releases/42', ms: 1 },
  { kind: 'receipt', outcome: 'rolled', receipt: good },
];

describe('the message catalog', () => {
  test('explains each kind of event, under its MESSAGE_ID', () => {
    const explained = Object.fromEntries(entries.map(({ kind, id }) => [kind, id]));
    expect(explained).toEqual(Object.fromEntries(Object.entries(eventReports).map(([kind, { id }]) => [kind, id])));
    expect(text.match(/^-- /gm)).toHaveLength(entries.length);
  });

  test.each(entries)('$kind says what happened, and in which site', ({ header, body }) => {
    expect(Object.keys(header)).toEqual(['Subject', 'Defined-By', 'Support', 'Documentation']);
    expect(header['Defined-By']).toBe('php-zd');
    expect(header['Subject']).toContain('@PHP_ZD_SITE@');
    expect(header['Documentation']).toMatch(/^man:php-zd/);
    expect(body).not.toBe('');
  });

  test('names only fields that entries of the journal have', () => {
    const known = events.flatMap(event => Object.keys(journalFields(event, { site: 'shop', roll: 'r' })));
    const named = [...text.matchAll(/@([A-Z_]+)@/g)].map(([, field]) => field);
    expect(named.filter(field => field === undefined || !known.includes(field))).toEqual([]);
  });

  test('speaks of a replica only where each entry of the kind has one', () => {
    const aboutOne: readonly EventKind[] = [
      ...(['parked', 'replica-admitted', 'replica-not-admitted'] as const),
      ...(['withdrawn-by-hand', 'drained-by-hand'] as const),
    ];
    const speaking = entries.filter(({ header, body }) => `${header['Subject']}${body}`.includes('@PHP_ZD_REPLICA@'));
    expect(speaking.map(({ kind }) => kind)).toEqual(aboutOne);
  });

  test('fits a terminal', () => {
    expect(entries.flatMap(({ body }) => body.split('\n')).filter(line => line.length > 80)).toEqual([]);
  });
});
