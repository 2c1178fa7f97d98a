import { Command } from 'commander';

/** Set by packaging/build.mjs from package.json; unset when run from source. */
declare const PHP_ZD_VERSION: string | undefined;

const program = new Command('php-zd').version(
  typeof PHP_ZD_VERSION === 'undefined' ? 'from source' : PHP_ZD_VERSION,
);
await program.parseAsync();
