import type { Site } from '../site/site.ts';

/**
 * What the environment file said as a script of the shell that becomes PHP-FPM. dash(1) exports PWD by itself, which nobody
 * wrote.
 */
export const renderEnvironmentScript = ({ environment }: Pick<Site, 'environment'>): string =>
  `unset PWD\n${[...environment].map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`).join('')}`;

/** The environment file and the section [env], which wins, as a file for EnvironmentFile= (systemd.exec(5)): in double quotes, where four characters are escaped. */
export const renderEnvironment = ({ environment, env }: Pick<Site, 'environment' | 'env'>): string =>
  [...new Map([...environment, ...env])]
    .map(([name, value]) => `${name}="${value.replace(/["\\$`]/g, '\\$&')}"\n`)
    .join('');
