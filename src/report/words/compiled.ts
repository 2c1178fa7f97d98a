import { dirname } from 'node:path';
import type { SharedCode } from '../../run/site/compiled.ts';

/** Of compiled code that all releases share: what a person does, and a line for the site file. */
export const compiledAdvice = ({ path, mount, variable, instead }: SharedCode): CompiledAdvice => {
  const found = `code that the application compiles lies in ${path}, which all releases share: as all of them are at ${mount}, one runs what another compiled`;
  if (variable === undefined)
    return { found, first: `take that out of [shared], and write ${instead} = yes in [writable] of the site file` };
  const own = dirname(instead);
  return {
    found,
    first: `let PHP write to the release's own ${own}: ${own} = yes in [writable] of the site file`,
    ini: { section: 'env', line: `${variable} = ${mount}/${instead}` },
  };
};

interface CompiledAdvice {
  readonly found: string;
  readonly first: string;
  readonly ini?: { readonly section: string; readonly line: string };
}

/** As a warning. */
export const compiledWords = (code: SharedCode): string => {
  const { found, first, ini } = compiledAdvice(code);
  return `php-zd: ${found}: ${first}${ini === undefined ? '' : `, and ${ini.line} in [${ini.section}]`} (warning)\n`;
};
