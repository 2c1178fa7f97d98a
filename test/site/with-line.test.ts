import { expect, test } from 'vitest';
import { withLine } from '../../src/site/with-line.ts';

const sockets = { section: 'sandbox', key: 'sockets', value: '/run/cups' };

test.each([
  ['[site]\nuser = shop\n', '[site]\nuser = shop\n\n[sandbox]\nsockets = /run/cups\n'],
  ['[sandbox]\nnetwork = no\n[site]\n', '[sandbox]\nsockets = /run/cups\nnetwork = no\n[site]\n'],
  ['[site]\nsockets = a\n[sandbox]\nsockets = /run/a\n', '[site]\nsockets = a\n[sandbox]\nsockets = /run/cups\n'],
])('%j becomes %j', (text, written) => {
  expect(withLine(text, sockets)).toBe(written);
});
