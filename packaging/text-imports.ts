// A file in another language that src/ imports is imported as its text. esbuild does that by its loader `text`. Here is the
// same for vitest, as a plugin of vite, and for tsx, as a hook that packaging/register-text-imports.ts registers.
import { readFile } from 'node:fs/promises';
import type { LoadHook } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vitest/config';

const ENDINGS = ['.php', '.html'];

/** esbuild's option `loader`. */
export const textLoaders = Object.fromEntries(ENDINGS.map(ending => [ending, 'text' as const]));

const isText = (path: string): boolean => ENDINGS.some(ending => path.endsWith(ending));

const toModule = async (path: string): Promise<string> =>
  `export default ${JSON.stringify(await readFile(path, 'utf8'))};`;

export const textImports: Plugin = {
  name: 'text-imports',
  enforce: 'pre',
  load: async id => (isText(id) ? await toModule(id) : undefined),
};

/** A hook of Node.js's module loader, for module.register(). */
export const load: LoadHook = async (url, context, nextLoad) =>
  isText(url)
    ? { format: 'module', shortCircuit: true, source: await toModule(fileURLToPath(url)) }
    : nextLoad(url, context);
