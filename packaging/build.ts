// Bundles src/main.ts into one program, dist/php-zd.mjs, and makes the shells' completions and the manual's pages of the verbs
// from the program's command line. The native addons beside it are packaging/addons' work.
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import * as v from 'valibot';
import { textLoaders } from './text-imports.ts';

const root = new URL('..', import.meta.url);
const { version } = v.parse(
  v.object({ version: v.string() }),
  JSON.parse(await readFile(new URL('package.json', root), 'utf8')),
);

// Modules that take Node.js long to load and that few verbs call are loaded when they are called: that saves a tenth of what
// `php-zd status` takes beyond Node.js itself.
const LATE = ['child_process', 'crypto', 'readline', 'timers/promises', 'vm'];
const late: Plugin = {
  name: 'late',
  setup: ({ onResolve, onLoad }) => {
    const filter = new RegExp(`^(node:)?(${LATE.join('|')})$`);
    onResolve({ filter }, ({ path, kind, namespace }) => {
      if (namespace.startsWith('late-')) return { path, external: true };
      return { path: path.replace('node:', ''), namespace: kind === 'require-call' ? 'late-require' : 'late-import' };
    });
    const load = (path: string) => `const load = () => require('node:${path}');`;
    onLoad({ filter: /./, namespace: 'late-require' }, ({ path }) => ({
      contents: `${load(path)}
        module.exports = new Proxy(() => undefined, {
          get: (_, name) => load()[name],
          apply: (_, self, args) => load().apply(self, args),
        });`,
    }));
    onLoad({ filter: /./, namespace: 'late-import' }, async ({ path }) => {
      const functions = Object.entries(await import(`node:${path}`)).filter(([, value]) => typeof value === 'function');
      const names = functions.map(([name]) => name).filter(name => /^[a-z]\w*$/.test(name) && name !== 'default');
      const exported = names.map(name => `export const ${name} = (...args) => load().${name}(...args);`);
      return { contents: [load(path), ...exported].join('\n') };
    });
  },
};

// Node.js makes an ES module of each of its own modules that is asked for, and reads every property for that: those of `process`
// and `buffer` load a dozen other modules, and `assert` takes 8 ms for the two functions that dbus-next calls.
const STAND_INS: Readonly<Record<string, string>> = {
  process: 'module.exports = process;',
  buffer: 'module.exports = { Buffer };',
  assert: `module.exports = (isSo, message) => {
      if (!isSo) throw new Error(message ?? 'an assertion does not hold');
    };
    module.exports.strictEqual = (is, wanted, message) => module.exports(Object.is(is, wanted), message);`,
};
const standIns: Plugin = {
  name: 'stand-ins',
  setup: ({ onResolve, onLoad }) => {
    const filter = new RegExp(`^(node:)?(${Object.keys(STAND_INS).join('|')})$`);
    onResolve({ filter }, ({ path }) => ({ path: path.replace('node:', ''), namespace: 'stand-in' }));
    onLoad({ filter: /./, namespace: 'stand-in' }, ({ path }) => ({ contents: STAND_INS[path] ?? '' }));
  },
};

const bundle = async (entry: string): Promise<Uint8Array> => {
  const { outputFiles } = await build({
    absWorkingDir: root.pathname,
    entryPoints: [entry],
    outfile: 'dist/php-zd.mjs',
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node18',
    format: 'esm',
    // Names stay as they are, and lines have an end, so that a stack trace in a bug report can be read. Of the blanks between them
    // V8 reads a quarter of a megabyte in each start.
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 160,
    // One byte for each character: V8 keeps a text with a single other one in twice the memory, and reads it slower.
    charset: 'ascii',
    legalComments: 'eof',
    define: { PHP_ZD_VERSION: JSON.stringify(version) },
    // dbus-next asks for x11 and usocket only where it finds no system bus, or passes file descriptors. The other two are
    // native, and loaded from beside the program.
    external: ['x11', 'usocket', 'sd-notify', 'node-unix-socket'],
    banner: {
      // dbus-next is CommonJS; in an ES module there is no require() for what it takes from Node.js itself.
      js: [
        '#!/usr/bin/env node',
        "import { createRequire as bundleCreateRequire } from 'node:module';",
        'const require = bundleCreateRequire(import.meta.url);',
      ].join('\n'),
    },
    loader: textLoaders,
    plugins: [late, standIns],
    logLevel: 'warning',
  });
  const [program] = outputFiles;
  if (program === undefined) throw new Error(`${entry} became no file`);
  return program.contents;
};

// The program is moved in place whole: an install that runs at the same time never copies half of it.
await mkdir(new URL('dist', root), { recursive: true });
const making = (name: string) => new URL(`dist/.${name}.${process.pid}.mjs`, root);

// The generator is bundled too, so that every Node.js that the program runs on can run it.
const generator = making('generate');
await writeFile(generator, await bundle('packaging/generate.ts'));
execFileSync(process.execPath, [fileURLToPath(generator), 'man/php-zd.8', 'dist'], { cwd: root, stdio: 'inherit' });
await rm(generator);

const program = making('php-zd');
await writeFile(program, await bundle('src/main.ts'), { mode: 0o755 });
await rename(program, new URL('dist/php-zd.mjs', root));
