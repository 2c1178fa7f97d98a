import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

/** A folder imports from itself and from those before it. */
const order = ['base', 'site', 'render', 'plan', 'ports', 'run', 'report', 'cli'];
/** The order of the folders of run/, the ground first, the roof last. docs/design.md says what each is. */
const orderOfRun = [
  ...['receipt', 'site', 'init', 'ask', 'record', 'generation', 'slots', 'gate', 'proof', 'drain', 'front', 'observe'],
  ...['transient', 'step', 'roll', 'replica', 'releases', 'doctor', 'drill'],
];
/** The folder with the real things stands aside: it imports the contracts, and only main.ts imports it. */
const aside: Readonly<Record<string, readonly string[]>> = {
  adapters: ['adapters', 'ports', 'base'],
};

const tree = fileURLToPath(new URL('..', import.meta.url));
const sources = readdirSync(`${tree}src`, {
  recursive: true,
  encoding: 'utf8',
}).filter(path => path.endsWith('.ts'));

/** What `file` imports of src/, as paths in it; a path that begins with `..` leads out of it. */
function importsOf(file: string, text: string): string[] {
  return ts
    .preProcessFile(text, true, true)
    .importedFiles.map(({ fileName }) => fileName)
    .filter(name => name.startsWith('.') || name.startsWith('/'))
    .map(name => posix.join(posix.dirname(file), name));
}

/** The folder of a path in src/; main.ts, which may import everything, is its own. */
const folderOf = (path: string) => path.split('/', 1)[0] ?? path;

/** Why `file` may not import `imported`, or undefined. */
function explainViolation(file: string, imported: string): string | undefined {
  const from = folderOf(file);
  const to = folderOf(imported);
  if (to === '..') return 'nothing outside of src/ is part of the program';
  if (to === 'main.ts') return 'nobody imports main.ts';
  if (from === 'main.ts') return undefined;
  if (from === 'run' && to === 'run') return explainWithinRun(file, imported);
  const allowed = aside[from] ?? order.slice(0, order.indexOf(from) + 1);
  return allowed.includes(to) ? undefined : `${from}/ imports from ${allowed.join(', ')} only`;
}

function explainWithinRun(file: string, imported: string): string | undefined {
  const [from = '', to = ''] = [file, imported].map(path => path.split('/')[1]);
  const allowed = orderOfRun.slice(0, orderOfRun.indexOf(from) + 1);
  return allowed.includes(to) ? undefined : `run/${from}/ imports from run/'s ${allowed.join(', ')} only`;
}

/** The first circle of imports, as the files on it. */
function findCircle(graph: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of graph.get(file) ?? []) {
      const circle = visit(next, [...path, file]);
      if (circle) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const circle = visit(file, []);
    if (circle) return circle;
  }
  return undefined;
}

const graph = new Map(sources.map(file => [file, importsOf(file, readFileSync(`${tree}src/${file}`, 'utf8'))]));

describe('the order of the folders', () => {
  test('a folder imports from itself and from folders before it', () => {
    const violations = [...graph].flatMap(([file, imports]) =>
      imports.flatMap(imported => {
        const reason = explainViolation(file, imported);
        return reason ? [`src/${file} imports ${imported}: ${reason}`] : [];
      }),
    );
    expect(violations).toEqual([]);
  });

  test('no file imports itself by a detour', () => {
    expect(findCircle(graph)?.join(' -> ')).toBeUndefined();
  });

  test('src/ has main.ts and the folders that the order knows', () => {
    const known = ['main.ts', ...order, ...Object.keys(aside)];
    expect(readdirSync(`${tree}src`).filter(name => !known.includes(name))).toEqual([]);
  });

  test('src/run/ has the folders that its order knows, and no file of its own', () => {
    expect(readdirSync(`${tree}src/run`).sort()).toEqual([...orderOfRun].sort());
  });
});

describe('the check itself', () => {
  test.each([
    ['run/roll/roll.ts', 'ports/systemd.ts', undefined],
    ['run/roll/roll.ts', 'run/gate/gate.ts', undefined],
    ['run/gate/gate.ts', 'run/gate/admit.ts', undefined],
    ['run/ask/poll.ts', 'run/record/history.ts', "run/ask/ imports from run/'s receipt, site, init, ask only"],
    ['run/ask/poll.ts', 'run/poll.ts', "run/ask/ imports from run/'s receipt, site, init, ask only"],
    ['main.ts', 'adapters/systemd.ts', undefined],
    ['adapters/systemd.ts', 'ports/systemd.ts', undefined],
    ['site/site.ts', 'render/unit.ts', 'site/ imports from base, site only'],
    ['cli/roll.ts', 'adapters/systemd.ts', 'cli/ imports from base, site, render, plan, ports, run, report, cli only'],
    ['adapters/systemd.ts', 'site/site.ts', 'adapters/ imports from adapters, ports, base only'],
    ['cli/roll.ts', 'main.ts', 'nobody imports main.ts'],
    ['main.ts', '../package.json', 'nothing outside of src/ is part of the program'],
  ])('%s imports %s: %s', (file, imported, reason) => {
    expect(explainViolation(file, imported)).toBe(reason);
  });

  test('it sees every way to import', () => {
    const text = `import './a.ts';
      import type { B } from '../site/b.ts';
      export * from "./c.ts";
      const d = await import('./d.ts');
      type E = import('./e.ts').E;
      // import './not.ts';
      const not = "import './not.ts'";`;
    expect(importsOf('base/x.ts', text)).toEqual(['base/a.ts', 'site/b.ts', 'base/c.ts', 'base/d.ts', 'base/e.ts']);
  });

  test('it finds a circle', () => {
    const circle = new Map([
      ['a.ts', ['b.ts']],
      ['b.ts', ['c.ts']],
      ['c.ts', ['b.ts']],
    ]);
    expect(findCircle(circle)).toEqual(['b.ts', 'c.ts', 'b.ts']);
  });
});

test('the top level has nothing but what belongs there', () => {
  const allowed = ['src', 'units', 'man', 'test', 'packaging', 'docs'];
  allowed.push('package.json', 'package-lock.json', 'tsconfig.json', 'Makefile');
  allowed.push('README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'LICENSE');
  // With files that git does not know yet, and without those that it ignores: a stray file is found before it is committed.
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: tree,
    encoding: 'utf8',
  });
  const names = new Set(files.split('\n').map(path => path.split('/', 1)[0] ?? ''));
  expect([...names].filter(name => !name.startsWith('.') && name !== '' && !allowed.includes(name))).toEqual([]);
});
