import { expect, test } from 'vitest';
import { howToOpen, iniPaths, openingOf } from '../../src/site/closed-files.ts';
import type { PathRights } from '../../src/site/host.ts';

const READER = { uid: 1001, gid: 1001, group: 'shop' };
const CONF = '/etc/php/8.2/fpm/conf.d';

const step = (path: string, mode: number, more: Partial<PathRights> = {}): PathRights => ({
  ...{ path, mode, uid: 0, gid: 0, isDirectory: !path.includes('.ini') },
  ...more,
});

const opened = (
  steps: readonly PathRights[],
  paths: readonly string[] = [],
  reader: typeof READER | { group: undefined } = READER,
) => howToOpen(openingOf({ stepsTo: () => steps }, paths, { ...READER, ...reader }));

test('PHP must read its files, and the directory of those beside php.ini', () => {
  const files = ['/etc/php/8.2/fpm/php.ini', `${CONF}/10-a.ini`, `${CONF}/20-b.ini`].map(file => ({ file, text: '' }));
  expect(iniPaths(files)).toEqual([...files.map(({ file }) => file), CONF]);
});

test("what root's group may read is given to the group of all sites, else everybody may", () => {
  const closed = [step('/etc', 0o755), step('/etc/php', 0o750), step('/etc/php/php.ini', 0o640)];
  expect(opened(closed)).toBe('"chgrp shop /etc/php /etc/php/php.ini"');
  expect(opened(closed, [], { group: undefined })).toBe('"chmod a+rX /etc/php /etc/php/php.ini"');
  expect(opened([...closed, step('/etc/php/own.ini', 0o600)])).toBe(
    '"chmod a+rX /etc/php /etc/php/php.ini /etc/php/own.ini"',
  );
  expect(opened([step('/etc/php/php.ini', 0o640, { gid: 4 })])).toBe('"chmod a+rX /etc/php/php.ini"');
});

test('a directory that is only passed need not be read, and one that is looked through must be', () => {
  const steps = [step('/etc/php', 0o711), step(CONF, 0o711)];
  expect(opened(steps, [CONF], { group: undefined })).toBe(`"chmod a+rX ${CONF}"`);
});

test('many files of a directory are opened with it', () => {
  const files = ['a', 'b', 'c', 'd'].map(name => step(`${CONF}/${name}.ini`, 0o640));
  expect(opened([step('/etc/php', 0o750), step(CONF, 0o750), ...files])).toBe(
    `"chgrp shop /etc/php && chgrp -R shop ${CONF}"`,
  );
});

test('nobody is let into a home for it', () => {
  expect(opened([step('/root', 0o700), step('/root/own.ini', 0o644)])).toBe('put it where that user may read it');
});
