import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { describeCommandLine } from '../packaging/command-line.ts';
import { pages, readPage } from '../packaging/man.ts';
import { PhpZdError } from '../src/base/errors.ts';
import {
  admitUnit,
  directoriesUnit,
  execUnit,
  gateUnit,
  hookUnit,
  httpSocketUnit,
  httpUnit,
  mailSocketUnit,
  mailUnit,
  paths,
  replicasMountUnit,
  replicaUnit,
  servicesUnit,
  shmMountUnit,
  siteFile,
  sitePaths,
  siteUnit,
  sliceUnit,
  testUnit,
  webUnit,
} from '../src/base/paths.ts';
import { Exit } from '../src/cli/context.ts';
import { WEB_SERVERS } from '../src/render/snippets/snippet.ts';
import { journalFields } from '../src/report/journal/fields.ts';
import { checkNames } from '../src/run/doctor/doctor.ts';
import type { Event } from '../src/run/site/events.ts';
import { formatProblem, parseSite } from '../src/site/parse.ts';
import { schemaSections } from '../src/site/schema.ts';
import { good } from './report/receipts.ts';
import { hostOf, shopHost } from './site/host.ts';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
/** What the manual writes in the paths that are not a replica's. */
const placeholders = new Map([
  ['generation', 'ID'],
  ['view', 'ID'],
  ['tmp', 'USER'],
  ['sessions', 'USER'],
  ['home', 'USER'],
  ['notes', 'USER'],
]);
/** The text between the page's heading and the next. */
const sectionOf = (page: string, heading: string) => page.split(/^\.Sh /m).find(part => part.startsWith(heading)) ?? '';
/** What the `.It` lines of a macro have. */
const itemsOf = (text: string, macro: string) =>
  [...text.matchAll(new RegExp(`^\\.It ${macro}(.*)$`, 'gm'))].map(([, item = '']) => item);
const literalsOf = (text: string) =>
  [...text.matchAll(/^\.Bd -literal.*\n((?:.*\n)*?)\.Ed$/gm)].map(([, literal = '']) => literal);

const manual = read('man/php-zd.8');
const siteManual = read('man/php-zd.ini.5');
const readme = read('README.md');
const commandLine = describeCommandLine();
const { verbs } = commandLine;

describe('the lines from the source', () => {
  test.each(pages)('$path says what the source says; if not, run "make man"', page => {
    const { written, wanted } = readPage(page);
    expect(written).toBe(wanted);
  });

  test('every section and every key of the schema has its place', () => {
    for (const { name, keys } of schemaSections) {
      const [, section = ''] = siteManual.split(`.Ss [${name}]\n`);
      const [list = ''] = section.split('.El');
      expect(itemsOf(list, 'Cm ')).toEqual(
        Object.values(keys).map(key => (key.kind === 'map' ? `${key.name}[NAME]` : key.name)),
      );
    }
  });
});

describe('php-zd(8) and the program', () => {
  const items = itemsOf(sectionOf(manual, 'VERBS'), 'Cm (?=[a-z])').map(plainUsage);
  const usages = sectionOf(manual, 'SYNOPSIS')
    .split(/^\.Nm\n/m)
    .flatMap(eachVerb);

  test('has its verbs', () => {
    expect(items.map(([verb]) => verb).sort()).toEqual(verbs.map(({ name }) => name).sort());
  });

  test.each(verbs)('has the options and arguments of $name', ({ name, options, arguments: all }) => {
    const words = items.find(([verb]) => verb === name) ?? [];
    const longs = options.map(({ long }) => long).filter(long => long !== '--help');
    expect(words.filter(word => word.startsWith('--') && word !== '--').sort()).toEqual(longs.sort());
    const named = all.flatMap(({ name: argument, value }) => (value.kind === 'words' ? [] : [argument]));
    expect(words).toEqual(expect.arrayContaining(named.filter(argument => argument !== 'COMMAND')));
  });

  test.each(verbs)('shows $name alike in the synopsis', ({ name, options }) => {
    // Where an option has a short form, that one may do.
    const long = new Map(options.map(option => [option.short ?? option.long, option.long]));
    const usageIn = (all: readonly (readonly string[])[]) =>
      new Set(all.find(([verb]) => verb === name)?.map(word => long.get(word) ?? word));
    expect(usageIn(usages)).toEqual(usageIn(items));
  });

  test.each(verbs)('explains each option of $name, there or among the common ones', ({ name, options }) => {
    const [, common = ''] = manual.split('.Ss Common options\n');
    const [, item = ''] = manual.split(new RegExp(`^\\.It Cm ${name}\\b(?!-).*\\n`, 'm'));
    const [own = ''] = item.split(/^\.It Cm |^\.S[hs] /m);
    const explained = itemsOf(`${own}${common.split('.Sh ')[0]}`, 'Fl ').flatMap(heading =>
      heading.split(/ , Fl /).map(option => `-${option.split(' ')[0]}`),
    );
    expect(explained).toEqual(expect.arrayContaining(options.map(({ long }) => long)));
  });

  test('has the options that every verb has', () => {
    for (const { long } of commandLine.options) {
      expect(manual).toMatch(new RegExp(`^\\.It Fl . , Fl ${long.slice(1)}$`, 'm'));
    }
  });

  test('has the checks of doctor, in its order', () => {
    expect(itemsOf(sectionOf(manual, 'CHECKS'), 'Li ')).toEqual(checkNames);
  });

  test('has its exit statuses', () => {
    expect(itemsOf(sectionOf(manual, 'EXIT STATUS'), '(?=\\d)')).toEqual(Object.values(Exit).map(String));
  });

  test('has its paths, all of them', () => {
    const site = Object.entries(sitePaths('SITE')).map(([name, path]) =>
      typeof path === 'string' ? path : (path as (of: string) => string)(placeholders.get(name) ?? 'N'),
    );
    const known = [...Object.values(paths), siteFile('SITE'), '/run/php-zd/SITE/fastcgi.sock', ...site];
    const written = itemsOf(sectionOf(manual, 'FILES'), 'Pa ').flatMap(item =>
      item.replaceAll('\\e', '\\').split(' , '),
    );
    expect(written.sort()).toEqual([...new Set(known)].sort());
  });

  test('has its units', () => {
    const units = [
      siteUnit('SITE'),
      replicaUnit('SITE', 'N'),
      admitUnit('SITE', 'N'),
      webUnit('SITE', 'N'),
      gateUnit('SITE', 'N'),
      servicesUnit('SITE'),
      mailSocketUnit('SITE'),
      mailUnit('SITE', 'CONNECTION'),
      'php-zd-mounts.socket',
      'php-zd-mounts-again.service',
      'php-zd-places@SITE:N.service',
      'php-zd-mounts@CONNECTION.service',
      execUnit('SITE', 'ID'),
      testUnit('SITE', 'ID'),
      hookUnit('SITE', 'HOOK'),
      sliceUnit('SITE'),
      directoriesUnit('SITE'),
      'php-zd-host.service',
      'php-zd-outdated.service',
      'php-zd-hold@SITE.service',
      'php-zd-park@SITE:N.timer',
      'php-zd-park@SITE:N.service',
      'php-zd-haproxy.service',
      'php-zd-haproxy.socket',
      httpUnit('SITE'),
      httpSocketUnit('SITE'),
      replicasMountUnit('SITE'),
      shmMountUnit('SITE'),
      'php-zd.slice',
    ];
    const written = itemsOf(sectionOf(manual, 'UNITS'), 'Li ').flatMap(item =>
      item.replaceAll('\\e', '\\').split(' , '),
    );
    expect(written.sort()).toEqual(units.sort());
  });

  test("has the journal's fields", () => {
    const error = new PhpZdError('aborted', {});
    const statuses = { answered1xx: 0, answered2xx: 1, answered3xx: 0, answered4xx: 0, answered5xx: 0 };
    const events: readonly Event[] = [
      { kind: 'replica-not-drained', slot: 1, error },
      { kind: 'asked', job: 'reload', sudoUser: 'alice' },
      { kind: 'step-done', step: { kind: 'hold', slot: 1 }, index: 1, total: 1, ms: 1 },
      { kind: 'settled', release: '/srv/shop/releases/42', ms: 1 },
      { kind: 'receipt', outcome: 'rolled', receipt: { ...good, killedProcesses: 1, statuses } },
    ];
    const fields = events.flatMap(event => Object.keys(journalFields(event, { site: 'shop', roll: 'r' })));
    const ours = fields.filter(name => name.startsWith('PHP_ZD_') || name === 'MESSAGE_ID').map(name => `${name}=`);
    expect(itemsOf(sectionOf(manual, 'JOURNAL'), 'Li (?=.*=)').sort()).toEqual([...new Set(ours)].sort());
  });
});

describe('the examples', () => {
  const [shop = '', defaults = ''] = literalsOf(sectionOf(siteManual, 'EXAMPLES'));
  const [readmeSite = ''] = [...readme.matchAll(/^\[site\]\n(?:.*\n)*?(?=INI$)/gm)].map(([text]) => text);

  test.each([
    ['php-zd.ini(5)', shop, undefined],
    ['php-zd.ini(5), over its defaults.ini', shop, defaults],
    ['the README', readmeSite, undefined],
  ])('the site file of %s has no problem and deserves no warning', (_, text, defaultsText) => {
    expect(text).toContain('[site]');
    const parsed = parseSite({
      name: 'shop',
      file: siteFile('shop'),
      text,
      defaults: defaultsText === undefined ? undefined : { file: paths.defaults, text: defaultsText },
      host: hostOf(shopHost),
    });
    const problems = 'problems' in parsed ? parsed.problems : [];
    expect([...problems, ...parsed.warnings].map(formatProblem)).toEqual([]);
    expect(parsed).toHaveProperty('site.link', '/srv/shop/current');
  });

  test('the README takes the block for nginx from php-zd, for each of the servers there are', () => {
    const [, server, others = ''] = /^php-zd snippet shop (\w+) >\S+ +# or (.*)$/m.exec(readme) ?? [];
    expect([server, ...others.split(', ')]).toEqual(WEB_SERVERS);
  });

  test('every verb that the README types is one', () => {
    const typed = [...readme.matchAll(/(?:^|# |`)php-zd ([a-z-]+)/gm)].map(([, verb = '']) => verb);
    expect(typed.length).toBeGreaterThan(3);
    expect(verbs.map(({ name }) => name)).toEqual(expect.arrayContaining(typed));
  });
});

/** The words of a usage, without the brackets: verb, options, arguments. */
function plainUsage(mdoc: string): readonly string[] {
  return mdoc
    .split(/\s+/)
    .map((word, index, all) => (/^\.?Fl$/.test(all[index - 1] ?? '') ? `-${word}` : word))
    .filter(word => word !== '' && !/^(\.?(Oo|Oc|Op|Ar|Cm|Fl)|\||\.\.\.)$/.test(word));
}

/** An entry of the synopsis may be several verbs': `start | stop`. */
function eachVerb(entry: string): readonly (readonly string[])[] {
  const [, names = '', rest = ''] = /^\.Cm (.*)\n((?:.*\n)*)/.exec(entry) ?? [];
  return names.split(' | ').map(name => [name, ...plainUsage(rest)]);
}
