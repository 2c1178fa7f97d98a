import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import type { Machine } from '../lab/machine.ts';
import { offer, run } from './apt.ts';

/** The version that no Debian has. */
export const OTHER = '8.9';

/**
 * Offers the machine another version of its PHP, as a new release of Debian does: php8.9-fpm takes the place of the version that is there, has
 * its own php.ini once it is configured, and none of the extension apcu, which php8.9-apcu brings. Gives the version that is there.
 */
export const offerOtherPhp = async (machine: Machine): Promise<string> => {
  const here = readdirSync(`${machine.root}/etc/php`).find(version => version !== OTHER) ?? '';
  if (existsSync(`${machine.root}/srv/packages/other-php`)) return here;
  const making = mkdtempSync(`${tmpdir()}/php-zd-other-php-`);
  try {
    const text = readFileSync(`${machine.root}/usr/sbin/php-fpm${here}`, 'latin1');
    // Where a PHP looks for its settings is built into it. One name is as long as the other.
    const other = Buffer.from(text.replaceAll(`/etc/php/${here}`, `/etc/php/${OTHER}`), 'latin1');
    build(making, {
      name: `php${OTHER}-fpm`,
      fields: `Conflicts: php${here}-fpm\nProvides: php-fpm (= 2:${OTHER})\n`,
      file: [`usr/sbin/php-fpm${OTHER}`, other],
      configure: `mkdir -p /etc/php/${OTHER}; cp -a /etc/php/${here}/fpm /etc/php/${OTHER}/; cp -a /etc/php/${here}/cli/conf.d/. /etc/php/${OTHER}/fpm/conf.d/; rm -f /etc/php/${OTHER}/fpm/conf.d/*-apcu.ini`,
    });
    build(making, {
      name: `php${OTHER}-apcu`,
      fields: '',
      file: [`usr/lib/php${OTHER}-apcu/about`, Buffer.from('An extension.\n')],
      configure: `cp /etc/php/${here}/mods-available/apcu.ini /etc/php/${OTHER}/fpm/conf.d/20-apcu.ini`,
    });
    await offer(machine, 'other-php', making);
  } finally {
    rmSync(making, { recursive: true });
  }
  return here;
};

interface Made {
  readonly name: string;
  readonly fields: string;
  readonly file: readonly [path: string, content: Buffer];
  /** What its postinst does. */
  readonly configure: string;
}

const build = (into: string, { name, fields, file: [path, content], configure }: Made): void => {
  const raw = `${into}/raw`;
  mkdirSync(`${raw}/DEBIAN`, { recursive: true });
  mkdirSync(dirname(`${raw}/${path}`), { recursive: true });
  writeFileSync(`${raw}/${path}`, content, { mode: 0o755 });
  const control = `Package: ${name}\nVersion: ${OTHER}-1\nArchitecture: all\nMaintainer: Lab <lab@example.com>\nDescription: for a test\n`;
  writeFileSync(`${raw}/DEBIAN/control`, control + fields);
  const postinst = `${raw}/DEBIAN/postinst`;
  writeFileSync(postinst, `#!/bin/sh\nset -e\n[ "$1" = configure ] || exit 0\n${configure}\n`);
  chmodSync(postinst, 0o755);
  run('dpkg-deb', '--root-owner-group', '-Zgzip', '--build', raw, into);
  rmSync(raw, { recursive: true });
};
