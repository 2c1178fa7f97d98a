import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { errorFacts } from '../../src/base/error-facts.ts';
import { isError, PhpZdError, recallError, recordError } from '../../src/base/errors.ts';

const root = new URL('../../', import.meta.url);

/** The folders whose tests bring errors about, in contrast to those that word them or fake them. */
const provoking = ['adapters', 'contract', 'run']
  .flatMap(folder =>
    readdirSync(new URL(`test/${folder}/`, root), { recursive: true }).map(file => `${folder}/${file}`),
  )
  .filter(file => file.endsWith('.ts'))
  .map(file => readFileSync(new URL(`test/${file}`, root), 'utf8'))
  .join('\n');

test.each(Object.keys(errorFacts))('%s is provoked by a test', code => {
  expect(provoking).toMatch(new RegExp(`['"]${code}['"]`));
});

test('an error is one of ours by its class, and one of several by its code', () => {
  const error: unknown = new PhpZdError('not-serving', { replica: 2, state: 'DOWN' });
  expect([isError(error), isError(error, 'not-serving'), isError(error, 'aborted', 'deadline')]).toEqual([
    true,
    true,
    false,
  ]);
  expect(isError(new Error('not-serving'))).toBe(false);
});

describe('an error that was recorded', () => {
  test('is the same again, through JSON', () => {
    const error = new PhpZdError('replica-worse', { replica: 3, reason: { kind: 'failed', requests: 2 } });
    const again = recallError(JSON.parse(JSON.stringify(recordError(error))));
    expect([again?.code, again?.facts]).toEqual([error.code, error.facts]);
  });

  test.each([
    ['has a code of another version', 'not-invented-yet', {}],
    ['has a code that every object has', 'toString', {}],
    ['lacks a fact', 'not-serving', { state: 'DOWN' }],
    ['has a reason that was words once', 'replica-worse', { replica: 3, reason: 'crashed' }],
    ['has a reason of another version', 'replica-worse', { replica: 3, reason: { kind: 'slow' } }],
  ])('is not taken for one of this version when it %s', (_, code, facts) => {
    expect(recallError({ code, facts })).toBeUndefined();
  });
});
