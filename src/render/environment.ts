import type { Site } from '../site/site.ts';

/** The section [env] as a file for EnvironmentFile= (systemd.exec(5)): in double quotes, where four characters are escaped. */
export const renderEnvironment = ({ env }: Pick<Site, 'env'>): string =>
  [...env].map(([name, value]) => `${name}="${value.replace(/["\\$`]/g, '\\$&')}"\n`).join('');
