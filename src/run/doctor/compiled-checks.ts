import { sharedCode } from '../site/compiled.ts';
import type { Check } from './check.ts';
import type { SiteScene } from './scene.ts';

export const compiledChecks = {
  'compiled-code': {
    severity: 'warning',
    look: async ({ ports, host, site, release }) => {
      const root = await release();
      const found = await sharedCode(ports, { site, release: root }, () => host.links(root));
      return found.map(each => ({ ...each }));
    },
  },
} as const satisfies Readonly<Record<string, Check<SiteScene>>>;
