import { posix } from 'node:path';
import { ownValue } from '../base/own.ts';
import { fateOf } from './pool-directives.ts';
import { MOST_OF_FPM, poolValueProblem, secondsInFpm } from './pool-values.ts';
import { type Given, linesIn, readLines, readPreset, refuse, refuseNew, type Source, valuesOf, warn } from './read.ts';
import { schema } from './schema.ts';
import { isExtension, wordsOfLimit } from './script-extensions.ts';
import type { Site } from './site.ts';

type Directives = ReadonlyMap<string, readonly Given<string>[]>;

export interface Pool extends Pick<Site, 'pool' | 'maxChildren'> {
  /** The lines that the operator wrote, with their places. */
  readonly directives: Directives;
}

/** The section [pool]. Undefined when a key that it needs is broken, which is reported then. */
export const readPool = (source: Source): Pool | undefined => {
  const { pm, 'pm.max_children': maxChildren, DIRECTIVE } = schema.pool.keys;
  const values = valuesOf({ pm: readPreset(source, pm), maxChildren: readPreset(source, maxChildren) });
  const directives = readLines(source, DIRECTIVE);
  for (const [name, lines] of directives) for (const line of lines) judgeLine(source, name, line);
  refuseForUnit(source, directives);
  warnOfStart(source, directives);
  requireSlowLog(source, directives);
  if (values === undefined) return undefined;
  const own = new Map([
    ['pm', [values.pm]],
    ['pm.max_children', [String(values.maxChildren)]],
  ]);
  return { pool: new Map([...own, ...linesIn(directives)]), maxChildren: values.maxChildren, directives };
};

/** Settings that PHP has read when a pool comes to say something: OPcache, APCu and the like share memory by them. */
const startSettings =
  /^php_(?:admin_)?(?:value|flag)\[((?:opcache\.(?:preload|preload_user|memory_consumption|interned_strings_buffer|max_accelerated_files|jit_buffer_size|file_cache|file_cache_only)|apc\.(?:enabled|shm_size)|zend_extension))\]$/;

const warnOfStart = (source: Source, directives: Directives): void => {
  for (const [name, lines] of directives) {
    const setting = startSettings.exec(name)?.[1];
    if (setting === undefined) continue;
    for (const { value, at } of lines) {
      warn(
        source,
        at,
        `'${name}' has no effect: PHP reads it when it starts, before any pool; write ini[${setting}] = ${value} in [php]`,
      );
    }
  }
};

/** What PHP-FPM takes from root alone, and would pass over in silence in a replica, the unit does. */
const refuseForUnit = (source: Source, directives: Directives): void => {
  for (const [name, lines] of directives) {
    const fate = fateOf(name);
    if (fate?.kind !== 'unit') continue;
    for (const { value, at } of lines) {
      refuse(
        source,
        at,
        `'${name}' has no effect in a replica, whose php-fpm is never root: take the line out, and write ${fate.setting}=${value} ` +
          `below [Service] with "systemctl edit php-zd-fpm-${source.name}@.service"`,
      );
    }
  }
};

/** A time as PHP-FPM reads it, but not one that says never. */
export const isTimeout = (value: string | undefined): boolean => value !== undefined && secondsInFpm(value) !== 0;

const requireSlowLog = (source: Source, directives: Directives): void => {
  const timeout = directives.get('request_slowlog_timeout')?.[0];
  if (timeout === undefined || !isTimeout(timeout.value) || directives.has('slowlog')) return;
  refuse(source, timeout.at, "'request_slowlog_timeout' needs a file to write to: write slowlog = PATH");
};

/** fs.nr_open of the kernel (proc(5)): no process may have more. */
const MOST_FILES = 1_048_576;

const judgeLine = (source: Source, name: string, line: Given<string>): void => {
  const wrong = poolValueProblem(name, line.value);
  if (wrong !== undefined) refuseNew(source, line.at, `'${name}' ${wrong}`);
  ownValue(judge, name)?.(source, line);
};

const judge: { readonly [Directive in string]?: (source: Source, given: Given<string>) => void } = {
  rlimit_files: (source, { value, at }) => {
    if (/^\d{1,9}$/.test(value) && Number(value) <= MOST_FILES) return;
    refuse(
      source,
      at,
      `'rlimit_files' must be a whole number up to ${MOST_FILES}, the most that Linux gives, not '${value}'`,
    );
  },
  rlimit_core: (source, { value, at }) => {
    if (!/^(\d+|unlimited)$/.test(value)) {
      refuse(source, at, `'rlimit_core' must be a number of bytes or unlimited, not '${value}'`);
    } else if (Number(value) > MOST_OF_FPM) {
      refuseNew(
        source,
        at,
        `'rlimit_core' is '${value}', more than php-fpm holds: write at most ${MOST_OF_FPM}, or unlimited`,
      );
    } else if (value !== '0') {
      warn(
        source,
        at,
        "'rlimit_core' gives a core file only where kernel.core_pattern leads to /tmp or to a program such as systemd-coredump: " +
          'a replica cannot write one into its release',
      );
    }
  },
};

/** With clear_env, nothing of the environment file would come to PHP; without both, nothing comes that somebody wrote. */
export const requireEnvironment = (
  source: Source,
  { environmentFile, env }: Pick<Site, 'environmentFile' | 'env'>,
  directives: Directives,
): void => {
  const clear = directives.get('clear_env')?.[0];
  if (clear === undefined) return;
  if (!/^(yes|on|true|1)$/i.test(clear.value)) {
    if (environmentFile !== undefined || env.size > 0) return;
    warn(
      source,
      clear.at,
      "'clear_env' passes on php-fpm's own environment, and a replica's has nothing that the host's php-fpm has: write what PHP needs in [env], or environment_file in [site]",
    );
  } else if (environmentFile !== undefined) {
    refuse(
      source,
      clear.at,
      "'clear_env' keeps from PHP what environment_file says: take the line out, or write the variables in [env]",
    );
  }
};

/** PHP-FPM runs no other script, and none of php-zd's own, which end in .php. With an empty list it runs whatever it is asked for. */
export const requireExtension = (source: Source, { index }: Pick<Site, 'index'>, directives: Directives): void => {
  const limit = directives.get('security.limit_extensions')?.[0];
  if (limit === undefined) return;
  const allowed = wordsOfLimit(limit.value);
  if (allowed.length === 0) {
    refuseNew(
      source,
      limit.at,
      "'security.limit_extensions' is empty, and php-fpm runs any file then, a picture that a visitor uploaded too: write what scripts end in, such as security.limit_extensions = .php",
    );
    return;
  }
  const odd = allowed.find(word => !isExtension(word));
  if (odd !== undefined) {
    refuseNew(
      source,
      limit.at,
      `'security.limit_extensions' must be extensions with blanks between them, such as .php .html, and '${odd}' is none`,
    );
    return;
  }
  const missing = [...new Set([posix.extname(index), '.php'])].filter(extension => !allowed.includes(extension));
  if (missing.length === 0) return;
  const whose =
    missing[0] === posix.extname(index) ? `the extension of '${index}'` : ".php, which php-zd's own scripts have";
  refuse(
    source,
    limit.at,
    `'security.limit_extensions' leaves out ${whose}: write security.limit_extensions = ${[...allowed, ...missing].join(' ')}`,
  );
};
