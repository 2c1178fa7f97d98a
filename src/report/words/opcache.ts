import type { OpcacheReset } from '../../run/replica/reset-opcache.ts';

const outcomes: { readonly [Outcome in OpcacheReset['outcome']]: (site: string) => string } = {
  emptied: () => 'its OPcache is emptied',
  refused: () => 'PHP has no OPcache, or may not empty it (opcache.enable, opcache.restrict_api, disable_functions)',
  unknown: site => `its answer is not php-zd's; if an older php-zd started it: php-zd reload ${site}`,
  unanswered: site => `it does not answer: php-zd status ${site}`,
};

export const opcacheResetWords = (site: string, { slot, outcome }: OpcacheReset): string =>
  `${site}: replica ${slot}: ${outcomes[outcome](site)}\n`;

export const noReplicaWords = (site: string): string => `${site}: no replica runs: php-zd start ${site}\n`;
