// What "php-zd init" tells.

/** Why no site file was written. */
export type Unwritten =
  | { readonly kind: 'misnamed'; readonly name: string; readonly problem: string }
  | { readonly kind: 'declined' }
  /** Options that say what nobody is there to be asked for. */
  | { readonly kind: 'unanswered'; readonly options: readonly string[] }
  /** Its problems were said before. */
  | { readonly kind: 'invalid' };

export const unwrittenWords = (why: Unwritten): string => {
  if (why.kind === 'declined') return 'php-zd: nothing was written.\n';
  if (why.kind === 'invalid') return 'php-zd: nothing was written: mend that, and type it again.\n';
  if (why.kind === 'misnamed') return `php-zd: '${why.name}' ${why.problem}\n`;
  return `php-zd: nobody is there to ask: write ${why.options.join(', ')} too. Nothing was written.\n`;
};

export const snippetHeadWords = (site: string, webServer: string): string =>
  `\n# For ${webServer}; again with "php-zd snippet ${site} ${webServer}".\n`;

export const nextWords = (site: string): string =>
  [
    'Next, start the site and bring that into the web server:',
    `  systemctl enable --now php-zd@${site}`,
    `  php-zd status ${site}`,
    `  php-zd drill ${site}`,
    '',
  ].join('\n');
