/** Why a name cannot be a site's, as the end of a sentence that begins with the name; undefined when the name is good. */
export const siteNameProblem = (name: string): string | undefined => {
  if (!/^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/.test(name)) {
    return "is no name for a site: use lower-case letters and digits, with '.', '_' and '-' between them";
  }
  if (name.length > maxLength) return `is too long for a site: at most ${maxLength} characters`;
  if (reserved.has(name)) return 'is a name that php-zd keeps for itself: choose another';
  return undefined;
};

/** Leaves room for /run/php-zd/NAME/serving/129/status.sock in the 97 bytes that HAProxy gives to a socket's path (facts.md N26). */
const maxLength = 60;

// Names that php-zd itself uses, for php-zd-haproxy.service and for directories beside those of the sites.
const reserved: ReadonlySet<string> = new Set(['haproxy', 'slots']);
