import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isAtOrBelow } from '../../src/site/paths.ts';

/** The unit of a site that has all there is. */
const UNIT = `${import.meta.dirname}/../golden/everything/generation%replica.service`;
/** Its home, which has only root's directories above it (src/site/read-writable.ts). */
const HOME = '/srv/empty';
/** Nobody but root may put anything above what lies there: of these the view has some of its own, before anything is bound in them. */
const ROOTS = ['/run', '/tmp', '/var/tmp', '/dev/shm', '/home', '/root', '/var/lib/php-zd', '/etc/php-zd', HOME];

/** The places of the mounts that systemd makes: what is missing in the way of one it makes as root. */
const places = readFileSync(UNIT, 'utf8')
  .split('\n')
  .flatMap(line => {
    const [, name = '', value] = /^(Bind(?:ReadOnly)?Paths|TemporaryFileSystem)=(.*)$/.exec(line) ?? [];
    return (value?.split(' ') ?? []).map(entry => {
      const [first = '', second = first] = entry.split(':');
      return (name === 'TemporaryFileSystem' ? first : second).replace(/^-/, '');
    });
  });

test('systemd makes no mount whose place lies where somebody else than root may put a link', () => {
  expect(places).toEqual(expect.arrayContaining(['/tmp', '/run/php-zd-mounts/places', HOME]));
  expect(places.filter(place => !ROOTS.some(directory => isAtOrBelow(place, directory)))).toEqual([]);
});
