import type { Site } from '../site/site.ts';

/** [env] as systemd reads it (systemd.exec(5), EnvironmentFile=): in double quotes, where four characters mean something. */
export const renderEnvironment = ({ env }: Pick<Site, 'env'>): string =>
  [...env].map(([name, value]) => `${name}="${value.replace(/["\\$`]/g, '\\$&')}"\n`).join('');
