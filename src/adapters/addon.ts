import { createRequire } from 'node:module';

/** The native addons: each by its name beside the bundled program, with the module of its npm package. */
const PACKAGES = {
  'sd-notify': 'sd-notify',
  'unix-socket': 'node-unix-socket/js/addon.js',
} as const;

/**
 * The addon beside the running program, else the one of its npm package. Undefined when neither loads, because the addon was
 * built for another Node.js or never built (packaging/addons).
 */
export const loadAddon = (name: keyof typeof PACKAGES): unknown => {
  const load = createRequire(import.meta.url);
  for (const place of [`./${name}.node`, PACKAGES[name]]) {
    try {
      return load(place);
    } catch {
      // This one is not there, or not for this Node.js. Without any addon the caller asks a program of the host.
    }
  }
  return undefined;
};
