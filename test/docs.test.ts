import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { typedToFirstAnswer, typingSeconds } from './scene/typed.ts';

const tree = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(`${tree}${path}`, 'utf8');
const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: tree,
  encoding: 'utf8',
});
const files = listed.split('\n').filter(path => path !== '' && existsSync(`${tree}${path}`));

/** The documents for people who work on php-zd. */
const documents = files.filter(path => /^(README|CONTRIBUTING)\.md$|^docs\/.*\.md$/.test(path));
/** The files that have comments, without those that are compared byte for byte. */
const commented = files.filter(path => /^(src|units|test|packaging)\//.test(path) && !path.startsWith('test/golden/'));

/** A comment of several lines as one, so that what it cites is found where the line ends in it. */
const unwrapped = (text: string): string => text.replace(/\n[ \t]*(?:\*|\/\/|#|--)?[ \t]+/g, ' ');

/** The facts that a text cites: `facts.md F1, F11, M5` is three. */
const citedFacts = (text: string): readonly string[] =>
  [...unwrapped(text).matchAll(/facts\.md ((?:[A-Z]\d+(?:, | and )?)+)/g)].flatMap(
    ([, list = '']) => list.match(/[A-Z]\d+/g) ?? [],
  );

const citedPromises = (text: string): readonly string[] =>
  [...unwrapped(text).matchAll(/(?:\(|[Pp]romise |design\.md )(P\d)\b/g)].map(([, promise = '']) => promise);

/** What a text names of the tree in backquotes: a file of the top level, another one, a folder, or several files by a pattern. */
const namedPaths = (text: string): readonly string[] =>
  [
    ...text.matchAll(
      /`((?:\.ci|docs|man|packaging|src|test|units)\/[^`\s]*|[A-Z]+\.md|Makefile|LICENSE|(?:package|package-lock|tsconfig)\.json)`/g,
    ),
  ].map(([, path = '']) => path);

const exists = (path: string): boolean => {
  const pattern = path.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*');
  return path.includes('*') ? files.some(file => new RegExp(`^${pattern}$`).test(file)) : existsSync(`${tree}${path}`);
};

/** Where a text links to in the tree: the file, and the heading in it. */
const linksOf = (document: string, text: string): readonly { readonly file: string; readonly heading: string }[] =>
  [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)].map(([, path = '', heading = '']) => ({
    file: path === '' ? document : posix.join(posix.dirname(document), path),
    heading,
  }));

/** A heading as a link names it: in lower case, words joined by hyphens, without what is no word. */
const anchorsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );

const facts = [...read('docs/facts.md').matchAll(/^- \*\*([A-Z]\d+)\*\* /gm)].map(([, name = '']) => name);
const promises = [...read('docs/design.md').matchAll(/^\| (P\d) \|/gm)].map(([, name = '']) => name);

describe('what comments cite', () => {
  test('a fact has one number, and keeps it', () => {
    expect(facts.length).toBeGreaterThan(40);
    expect(facts).toEqual([...new Set(facts)]);
  });

  test('every fact that is cited is in docs/facts.md', () => {
    const cited = [...commented, ...documents].flatMap(file => citedFacts(read(file)).map(fact => ({ file, fact })));
    expect(cited.length).toBeGreaterThan(40);
    expect(cited.filter(({ fact }) => !facts.includes(fact))).toEqual([]);
  });

  test('every promise that is cited is in docs/design.md', () => {
    const cited = commented.flatMap(file => citedPromises(read(file)).map(promise => ({ file, promise })));
    expect(cited.length).toBeGreaterThan(3);
    expect(cited.filter(({ promise }) => !promises.includes(promise))).toEqual([]);
  });

  test('every file of the tree that is named exists', () => {
    const named = commented.flatMap(file =>
      // "its src/cli.c" is another program's.
      [...unwrapped(read(file)).matchAll(/(?<!\bits |[\w./'"`-])((?:src|units|packaging)\/[\w./@-]+\.\w+)/g)].map(
        ([, path = '']) => ({ file, path }),
      ),
    );
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter(({ path }) => !existsSync(`${tree}${path}`))).toEqual([]);
  });
});

test('the documents are found, and name much of the tree', () => {
  expect(documents).toEqual(expect.arrayContaining(['README.md', 'docs/design.md', 'docs/facts.md', 'docs/style.md']));
  expect(documents.flatMap(document => namedPaths(read(document))).length).toBeGreaterThan(50);
});

describe.each(documents)('%s', document => {
  const text = read(document);

  test('names only what exists', () => {
    expect(namedPaths(text).filter(path => !exists(path))).toEqual([]);
  });

  test('links to files and headings that are there', () => {
    const broken = linksOf(document, text).filter(
      ({ file, heading }) =>
        !existsSync(`${tree}${file}`) || (heading !== '' && !anchorsOf(read(file)).includes(heading)),
    );
    expect(broken).toEqual([]);
  });
});

test('every dependency is in docs/dependencies.md, with the version that is installed', () => {
  const { dependencies, optionalDependencies, devDependencies } = packageJson;
  const wanted = Object.entries({ ...dependencies, ...optionalDependencies, ...devDependencies });
  // Two types of one kind share a row.
  const rows = [...read('docs/dependencies.md').matchAll(/^\| ([\w@/, -]+) \| ([\w./`, ]+) \|/gm)];
  const written = rows.flatMap(([, names = '', versions = '']) => {
    const each = versions.split(', ');
    return names.split(', ').map((name, index): [string, string] => [name, each[index] ?? '']);
  });
  const known = new Map(written.map(([name, version]) => [name, version.replace(/^`(.*)`$/, 'file:$1')]));
  expect(wanted.filter(([name, version]) => known.get(name) !== version)).toEqual([]);
});

test('from the repository to the first answer README.md has less typed than fills five minutes at 40 words a minute', () => {
  const typed = typedToFirstAnswer().join('');
  expect(typed).toMatch(/^install .*apt install php-zd.*systemctl enable --now php-zd@shop.*curl [^\n]*\n$/s);
  expect(typingSeconds(typed)).toBeLessThan(300);
});

describe('the check itself', () => {
  test('it sees a list of facts, and one that a line break divides', () => {
    const text = '/** facts.md F1, F11, M5, and more */\n/**\n * It is so (see facts.md\n * H4 and N2).\n */';
    expect(citedFacts(text)).toEqual(['F1', 'F11', 'M5', 'H4', 'N2']);
  });

  test('it sees paths, and no other words in backquotes', () => {
    const text = '`src/site/read-*.ts` `src/run/` `Site` `Makefile` `release/42` `CHANGELOG.md` `package.json` `make`';
    const named = ['src/site/read-*.ts', 'src/run/', 'Makefile', 'CHANGELOG.md', 'package.json'];
    expect(namedPaths(text)).toEqual(named);
    expect(named.filter(path => !exists(path))).toEqual([]);
    expect(['src/nowhere/*.ts', 'src/nowhere.ts'].filter(exists)).toEqual([]);
  });

  test('it follows a link from where it stands', () => {
    expect(linksOf('docs/a.md', '[x](b.md#c-d) [y](#e) [z](../README.md) [w](https://example.com/f)')).toEqual([
      { file: 'docs/b.md', heading: 'c-d' },
      { file: 'docs/a.md', heading: 'e' },
      { file: 'README.md', heading: '' },
    ]);
    expect(anchorsOf("## What's new, in short")).toEqual(['whats-new-in-short']);
  });
});
