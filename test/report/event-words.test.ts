import { describe, expect, test } from 'vitest';
import { PhpZdError } from '../../src/base/errors.ts';
import { describeEvent } from '../../src/report/event-words.ts';
import { journalFields, reportToJournal, statusLine } from '../../src/report/journal.ts';
import { messageIds } from '../../src/report/message-ids.ts';
import type { Event } from '../../src/run/events.ts';
import { FakeJournal, FakeNotifier } from '../fakes/fake-journal.ts';

const step = { kind: 'prove', slot: 2, release: '/r/42' } as const;
const unproven = new PhpZdError('replica-unproven', { replica: 2, reason: 'answered / with 500', ms: 10_000 });

test('a failed roll says what failed, why, what it goes back to, and what to type next', () => {
  const failure = { from: '/r/41', release: '/r/42', index: 13, total: 15, step, error: unproven };
  expect(describeEvent('shop', { kind: 'roll-failed', failure })).toEqual({
    priority: 3,
    text: [
      "Roll of 'shop' to /r/42 failed at step 13 of 15: replica 2 answered / with 500 for 10s.",
      'Going back to /r/41.',
      'See "journalctl -eu php-zd-fpm-shop@2" or "php-zd status shop".',
    ].join('\n'),
  });
});

test('a settle that could not mend everything says who still serves', () => {
  const failures = [{ slot: 1, error: new PhpZdError('job-failed', { unit: 'u', job: 'restart', result: 'failed' }) }];
  expect(describeEvent('shop', { kind: 'unsettled', failures, serving: [2] }).text).toBe(
    [
      "Not every replica of 'shop' could be put right: systemd could not restart u (failed).",
      'Still serving: replica 2.',
      'A person must look: "journalctl -eu php-zd-fpm-shop@1", then "systemctl reload php-zd@shop".',
    ].join('\n'),
  );
});

test('a roll that is done says release, time and replicas', () => {
  const event: Event = { kind: 'roll-done', from: '/r/41', release: '/r/42', replicas: 2, ms: 3_140 };
  expect(describeEvent('shop', event)).toEqual({ priority: 5, text: 'Rolled shop to /r/42 in 3.14 s: 2 replicas.' });
});

describe('a journal entry', () => {
  test('carries the event as fields', () => {
    const event: Event = { kind: 'step-failed', step, index: 13, total: 15, error: unproven };
    expect(journalFields(event, { site: 'shop', roll: 'abc' })).toEqual({
      MESSAGE: 'Step 13 of 15 failed, proving replica 2: replica 2 answered / with 500 for 10s.',
      PRIORITY: '4',
      MESSAGE_ID: messageIds['step-failed'],
      SYSLOG_IDENTIFIER: 'php-zd',
      PHP_ZD_SITE: 'shop',
      PHP_ZD_EVENT: 'step-failed',
      PHP_ZD_REPLICA: '2',
      PHP_ZD_ROLL: 'abc',
      PHP_ZD_ERROR: 'replica-unproven',
    });
  });

  test('has an id of its own for every kind of event', () => {
    const ids = Object.values(messageIds);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
  });
});

test('an event is in the journal and, when it changes the picture, in the status of the unit', () => {
  const [journal, notifier] = [new FakeJournal(), new FakeNotifier()];
  const emit = reportToJournal(journal, notifier, { site: 'shop' });
  emit({ kind: 'step-started', step, index: 13, total: 15 });
  emit({ kind: 'step-done', step, index: 13, total: 15, ms: 20 });
  expect(journal.entries.map(entry => entry['MESSAGE'])).toEqual([
    'Step 13 of 15: proving replica 2.',
    'Step 13 of 15 done in 0.02 s: proving replica 2.',
  ]);
  expect(notifier.shown).toEqual(['Step 13 of 15: proving replica 2']);
});

test('systemctl status shows the step, in one line', () => {
  expect(statusLine('shop', { kind: 'step-started', step, index: 13, total: 15 })).toBe(
    'Step 13 of 15: proving replica 2',
  );
  expect(statusLine('shop', { kind: 'refused', error: new PhpZdError('release-missing', { path: '/r' }) })).toBe(
    'Refused, nothing was touched: the release /r is no directory',
  );
  expect(statusLine('shop', { kind: 'step-done', step, index: 13, total: 15, ms: 1 })).toBeUndefined();
});
