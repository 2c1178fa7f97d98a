import { createRequire } from 'node:module';

/** The native addons, by the name that each has beside the bundled program, and the part of its npm package that is the same. */
const PACKAGES = {
  'sd-notify': 'sd-notify',
  'unix-socket': 'node-unix-socket/js/addon.js',
} as const;

/**
 * The addon beside the running program, else the one of the npm package; undefined when neither loads: it was built for
 * another Node.js, or never (packaging/addons).
 */
export const loadAddon = (name: keyof typeof PACKAGES): unknown => {
  const load = createRequire(import.meta.url);
  for (const place of [`./${name}.node`, PACKAGES[name]]) {
    try {
      return load(place);
    } catch {
      // Not there, or not for this Node.js: the next one, and in the end a program of the host.
    }
  }
  return undefined;
};
