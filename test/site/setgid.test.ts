import { expect, test } from 'vitest';
import { parseSite } from '../../src/site/parse.ts';
import { hostOf, shopHost } from './host.ts';

const STORAGE = '/srv/shop/shared/storage';
const SITE = '[site]\nrelease = /srv/shop/current\nuser = shop\nindex = public/index.php\n';

const warningsOf = (more: string, mode = 0o2775): readonly string[] => {
  const rights = { mode, uid: 1001, gid: 1001 };
  const host = hostOf({ ...shopHost, rights: { [STORAGE]: rights, '/srv/shop/current/var': rights } });
  const { warnings } = parseSite({ name: 'shop', file: 'shop.ini', text: SITE + more, defaults: undefined, host });
  return warnings.map(({ line, message }) => `${line}: ${message}`).filter(text => text.includes('set-group-ID'));
};

const told = (line: number, place: string) =>
  `${line}: '${place}' has the set-group-ID bit, and who gives that to the directories which it makes there, as WordPress does, makes none: ` +
  'write setgid = yes in [sandbox], or setgid = no where nothing does';

test('a place of [shared] or [writable] with the set-group-ID bit is told, until the site file says who may set it', () => {
  const shared = `[shared]\nstorage = ${STORAGE}\n`;
  expect(warningsOf(shared)).toEqual([told(6, STORAGE)]);
  expect(warningsOf(shared, 0o775)).toEqual([]);
  expect(warningsOf('[writable]\nvar = yes\n')).toEqual([told(6, 'var')]);
  for (const said of ['yes', 'no']) expect(warningsOf(`${shared}[sandbox]\nsetgid = ${said}\n`)).toEqual([]);
});
