import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { findingKinds } from '../../src/report/status/finding.ts';
import { errorsFollowed, type Followed, findingsFollowed } from '../scene/next-steps.ts';
import { provocations } from '../scene/provoke.ts';
import { errorProvocations } from '../scene/provoke-errors.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const LONG = 'test/long/next-steps.test.ts';

const titlesIn = ([, ...titles]: Exclude<Followed, string>): readonly string[] => titles;
const pairs = (all: Readonly<Record<string, Followed>>) =>
  Object.entries(all).flatMap(([code, followed]) =>
    typeof followed === 'string' ? [] : titlesIn(followed).map(title => [code, followed[0], title] as const),
  );

/** The titles of that test come from what it provokes. */
const provoked = [...Object.keys(provocations), ...Object.keys(errorProvocations)];

test.each([...pairs(findingsFollowed), ...pairs(errorsFollowed)])(
  'what %s has somebody type is typed by a test that is there: %s, "%s"',
  (_, file, title) => {
    if (file === LONG) expect(provoked).toContain(title);
    else expect(readFileSync(`${ROOT}${file}`, 'utf8')).toMatch(new RegExp(`test\\(['"\`]${title}['"\`]`));
  },
);

test('every provocation is of something that is to be followed', () => {
  const titles = [...pairs(findingsFollowed), ...pairs(errorsFollowed)].map(([, , title]) => title);
  expect(provoked.filter(each => !titles.includes(each))).toEqual([]);
  expect(Object.keys(findingsFollowed).sort()).toEqual([...findingKinds].sort());
});
