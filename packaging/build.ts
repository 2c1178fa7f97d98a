// Bundles src/main.ts into dist/program.js and what starts it into dist/php-zd.cjs, and makes the shells' completions and the manual's pages of the verbs
// from the program's command line. The native addons beside it are packaging/addons' work.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import * as v from 'valibot';
import { paths } from '../src/base/paths.ts';
import { textLoaders } from './text-imports.ts';

const root = new URL('..', import.meta.url);
const { version } = v.parse(
  v.object({ version: v.string() }),
  JSON.parse(await readFile(new URL('package.json', root), 'utf8')),
);

// Modules that take Node.js long to load and that few verbs call are loaded when they are called: that saves a tenth of what
// `php-zd status` takes beyond Node.js itself.
const LATE = ['child_process', 'crypto', 'http', 'readline', 'timers/promises'];
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

/** An ES module takes Node.js longer to start than CommonJS, and V8 keeps no code cache of one. */
const COMMON = { format: 'cjs', define: { 'import.meta.url': 'programUrl' } } as const;
/** In an ES module there is no require() for what dbus-next, which is CommonJS, takes from Node.js itself. */
const MODULE = {
  format: 'esm',
  banner: { js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);" },
} as const;

const bundle = async (entry: string, form: typeof COMMON | typeof MODULE): Promise<Buffer> => {
  const { outputFiles } = await build({
    absWorkingDir: root.pathname,
    entryPoints: [entry],
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node18',
    ...form,
    // Names stay as they are, and lines have an end, so that a stack trace in a bug report can be read. Of the blanks between them
    // V8 reads a quarter of a megabyte in each start.
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 160,
    // One byte for each character: V8 keeps a text with a single other one in twice the memory, and reads it slower.
    charset: 'ascii',
    legalComments: 'eof',
    define: {
      PHP_ZD_VERSION: JSON.stringify(version),
      PHP_ZD_KEPT: JSON.stringify(paths.cache),
      ...('define' in form && form.define),
    },
    // dbus-next asks for x11 and usocket only where it finds no system bus, or passes file descriptors. The other two are
    // native, and loaded from beside the program.
    external: ['x11', 'usocket', 'sd-notify', 'node-unix-socket'],
    loader: textLoaders,
    plugins: [late, standIns],
    logLevel: 'warning',
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`${entry} became no file`);
  return Buffer.from(file.contents);
};

// The generator is bundled too, so that every Node.js that the program runs on can run it.
const generate = async (): Promise<void> => {
  const generator = new URL(`dist/.${process.pid}.generate.mjs`, root);
  await writeFile(generator, await bundle('packaging/generate.ts', MODULE));
  execFileSync(process.execPath, [fileURLToPath(generator), 'man/php-zd.8', 'dist'], { cwd: root, stdio: 'inherit' });
  await rm(generator);
};

/** Each file is moved in place whole: an install that runs at the same time never copies half of it. */
const place = async (name: string, text: Buffer | string, mode = 0o644): Promise<void> => {
  const making = new URL(`dist/.${process.pid}.${name}`, root);
  await writeFile(making, text, { mode });
  await rename(making, new URL(`dist/${name}`, root));
};

await mkdir(new URL('dist', root), { recursive: true });
await generate();

// The text of a function of `require` and the program's own URL, as packaging/program.ts calls it.
const text = `(function(require,programUrl){var module={exports:{}};${await bundle('src/main.ts', COMMON)}
return module.exports})`;
await place('program.js', `/*${createHash('sha256').update(text).digest('hex')}*/${text}`);
await place('code-cache.cjs', await bundle('packaging/code-cache.ts', COMMON));
await place('start.cjs', await bundle('packaging/snapshot.ts', COMMON));
// Last, since make looks at its time.
await place('php-zd.cjs', `#!/usr/bin/env node\n${await bundle('packaging/launch.ts', COMMON)}`, 0o755);
