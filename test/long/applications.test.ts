import { cp } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Manual, readManual } from '../applications/manual.ts';
import type { ApplicationName } from '../applications/visit.ts';
import { act, visiting } from '../applications/visiting.ts';
import { onceBooted } from '../lab/booted.ts';
import { bootMachine, SUITES } from '../lab/machine.ts';

/** A site of php-zd-applications(7), and how its releases come to be: $release, $number, $link to a style sheet of its own. */
interface Site {
  readonly site: string;
  /** For what the manual makes of a package: how its pages come to have the link. */
  readonly mark?: string;
  /** A small application of test/applications/small, where what visitors ask for is in public/. */
  readonly small?: 'symfony' | 'laravel';
  /** Once, for a small one. */
  readonly before?: string;
  readonly after?: string;
  /** What goes to the release; `php-zd deploy` unless told. */
  readonly deploy?: string;
}

/** As git archive and rsync leave the files of a release. */
const OLD = 'find $release -exec touch --no-dereference --date=2024-01-01 {} +';
const LARAVEL = `sed -i "s|LINK|$link|" $release/resources/views/home.blade.php; mkdir -p $release/bootstrap/cache; ${OLD}`;

const SITES: Readonly<Record<ApplicationName, Site>> = {
  wordpress: {
    site: 'blog',
    mark: `mkdir $release/wp-content/mu-plugins
      echo "<?php add_action('wp_head', function () { echo '$link'; });" >$release/wp-content/mu-plugins/mark.php`,
  },
  dokuwiki: { site: 'notes', mark: 'echo "$link" >$release/lib/tpl/dokuwiki/meta.html' },
  mediawiki: {
    site: 'wiki',
    mark: `echo "\\$wgHooks['BeforePageDisplay'][] = function (\\$out) { \\$out->addHeadItem('mark', '$link'); };" \\
        >>$release/LocalSettings.php`,
  },
  phpmyadmin: { site: 'db', mark: `echo "<?php echo '$link';" >$release/config.header.inc.php` },
  symfony: {
    site: 'shop',
    small: 'symfony',
    before: 'mkdir /srv/shop/uploads /srv/shop/log; chown shop: /srv/shop/uploads /srv/shop/log',
    after: `mkdir -p $release/public/build $release/public/uploads $release/var/log $release/var/cache
      echo "{\\"app.css\\": \\"/assets-$number/app.css\\"}" >$release/public/build/manifest.json
      ${OLD}; chown shop: $release/var/cache`,
  },
  laravel: {
    site: 'forum',
    small: 'laravel',
    before: `mkdir -p /srv/forum/storage/app/public /srv/forum/storage/cache /srv/forum/storage/sessions /srv/forum/storage/logs
      chown -R forum: /srv/forum/storage; echo APP_KEY=base64:secret >/srv/forum/env`,
    after: `cp /srv/forum/env $release/.env; ln -s ../storage/app/public $release/public/storage
      mkdir -p $release/storage/app $release/storage/logs $release/storage/framework/cache $release/storage/framework/sessions $release/storage/framework/views
      ${LARAVEL}; chown forum: $release/bootstrap/cache $release/storage/framework/views`,
    deploy: 'php-zd exec --release $release forum -- php artisan optimize; php-zd deploy forum $release',
  },
  deployer: {
    site: 'press',
    small: 'laravel',
    before: `cd /srv/press; mkdir -p shared/storage/app/public shared/storage/framework/sessions shared/storage/logs
      chown -R press: shared/storage; echo APP_KEY=base64:secret >shared/.env`,
    after: `ln -s ../../shared/storage $release/storage; ln -s ../../shared/.env $release/.env
      ln -s ../storage/app/public $release/public/storage; ${LARAVEL}; chown press: $release/bootstrap/cache`,
    deploy:
      'ln -s releases/$number /srv/press/release; mv -fT /srv/press/release /srv/press/current; php-zd reload press',
  },
};
const NAMES = Object.keys(SITES) as ApplicationName[];
const ROLLS = 10;
const ALL_ROLLS_MS = 1_800_000;

describe.each(SUITES)('%s', suite => {
  let manual: Manual | undefined;
  const machine = onceBooted(() => bootMachine(`long-apps-${suite}-${process.pid}`, suite, 'applications'));
  const sh = (script: string) => machine().run('bash', '-e', '-c', script);
  const pageOf = (name: ApplicationName) => {
    if (manual === undefined) throw new Error('the manual was not read');
    return manual.of(name);
  };
  const directoryOf = (name: ApplicationName, number: number) => `/srv/${SITES[name].site}/releases/${number}`;

  const makeRelease = async (name: ApplicationName, number: number): Promise<void> => {
    const { mark = '', small, after = '' } = SITES[name];
    const release = directoryOf(name, number);
    const begin = `release=${release} number=${number} link='<link rel="stylesheet" href="/assets-${number}/app.css">'`;
    if (small === undefined) await sh(pageOf(name).release.typed.replaceAll(directoryOf(name, 1), release));
    else await copySmall(small, release);
    const assets = `$release${small === undefined ? '' : '/public'}/assets-${number}`;
    await sh(`${begin}; mkdir ${assets}; printf 'release ${number}' >${assets}/app.css; ${mark}${after}`);
  };

  const copySmall = async (small: string, release: string): Promise<void> => {
    const from = fileURLToPath(new URL(`../applications/small/${small}`, import.meta.url));
    await cp(from, machine().root + release, { recursive: true });
  };

  const roll = async (name: ApplicationName, number: number): Promise<void> => {
    const { site, deploy = `php-zd deploy ${site} $release` } = SITES[name];
    await sh(`release=${directoryOf(name, number)} number=${number}; ${deploy}; php-zd prune --keep 2 ${site}`);
  };

  beforeAll(async () => {
    manual = await readManual(machine());
    const hosts = NAMES.map(name => `${SITES[name].site}.example.com`).join(' ');
    await sh(`echo 127.0.0.1 ${hosts} >>/etc/hosts; systemctl start mariadb; rm -f /etc/nginx/sites-enabled/default`);
    // What phpMyAdmin is there to look at.
    const user =
      "CREATE USER ann@localhost IDENTIFIED BY 'correct horse battery'; GRANT ALL ON shop.* TO ann@localhost";
    await sh(`mariadb -e "CREATE DATABASE shop; CREATE TABLE shop.words (id INT PRIMARY KEY, word TEXT); ${user}"`);
  }, 600_000);
  beforeEach(({ onTestFailed }) => {
    onTestFailed(async () => {
      const journal = await machine().ask('journalctl', '--no-pager', '--unit=php-zd*', '--lines=150');
      process.stderr.write(journal.stdout);
    });
  });

  test.each(NAMES)('%s starts as php-zd-applications(7) has it', async name => {
    const { once, site } = pageOf(name);
    const { site: user, small, before = '' } = SITES[name];
    await sh(small === undefined ? once.typed : `useradd --system ${user}; mkdir -p /srv/${user}/releases; ${before}`);
    for (const { path, text } of [...once.files, ...site.files])
      await machine().write(path, text, path.endsWith('.ini') ? 0o640 : 0o644);
    await makeRelease(name, 1);
    await machine().run('systemctl', 'start', 'nginx');
    await sh(manual?.start.typed.replaceAll('blog', SITES[name].site) ?? 'false');
    if (name === 'wordpress') expect(act(machine(), name, 'install')).toMatchObject({ faults: [] });
    // What stands there for later.
    if (site.typed !== '') await sh(site.typed);
    expect(await machine().ask('php-zd', 'check', SITES[name].site)).toMatchObject({ status: 0, stderr: '' });
  });

  test('a plugin is changed in wp-admin, and every replica runs that until the next release', async () => {
    expect(act(machine(), 'wordpress', 'edit')).toMatchObject({ faults: [] });
    const file = 'wp-content/plugins/akismet/akismet.php';
    expect(await sh(`tail -n 1 ${directoryOf('wordpress', 1)}/${file}`)).toBe('// edited by hand\n');
  });

  test(
    `${ROLLS} rolls of each lose nothing, log out nobody, and no page names an asset that is not there`,
    async () => {
      const visited = await visiting(machine(), { names: NAMES, from: 1 }, async load => {
        for (let number = 2; number < 2 + ROLLS; number += 1) {
          for (const name of NAMES) {
            await makeRelease(name, number);
            await roll(name, number);
          }
          await load.round();
        }
      });
      process.stderr.write(`${suite}: ${JSON.stringify({ ...visited, faults: visited.faults.length })}\n`);
      expect(visited.faults).toEqual([]);
      expect(visited.assets).toBeGreaterThan(ROLLS * NAMES.length);
      expect(visited.written).toBeGreaterThan(ROLLS);
    },
    ALL_ROLLS_MS,
  );
});
