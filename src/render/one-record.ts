import type { Site, WebServerKind } from '../site/site.ts';

/** The HAProxies that end, with every request they have, at an answer of FastCGI whose headers come in several records (facts.md N136). */
export const DIES_OF_RECORDS = 'version_before(2.6.14) || version_atleast(2.7) && version_before(2.7.9)';

/** As that, of a version such as 2.6.12-1+deb12u4. */
export const isDyingOfRecords = (version: string): boolean => {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.+-]/, 3).map(Number);
  if (major !== 2) return major < 2;
  return minor < 6 || (minor === 6 && patch < 14) || (minor === 7 && patch < 9);
};

/** What PHP-FPM writes at once, unless one header is longer; and how much of it the header of a record takes. */
const FPM_BUFFER = 8192;
const RECORD_HEADER = 8;

/** In HAProxy's own escapes. */
const END_OF_HEADERS = '\\r\\n\\r\\n';

/**
 * Where HAProxy makes HTTP of PHP's answers: lines of the balancer by which the headers reach it in one record (units/haproxy.lua). HAProxy
 * itself chooses as it starts, so that its next version goes without them.
 *
 * What has come first is judged once: nearly all answers have their headers there, in the first record. It is judged as a variable, since
 * what is still growing would be looked through anew with each byte of it. A text ends at its first byte 0.
 */
export const renderOneRecord = (
  { listen }: Pick<Site, 'listen'>,
  servers: readonly { readonly web: WebServerKind | undefined }[],
): string =>
  listen.http === undefined || servers.every(({ web }) => web !== undefined)
    ? ''
    : `.if ${DIES_OF_RECORDS}
  # Headers that PHP writes in several records go on in one.
  tcp-response content set-var(txn.first) res.payload(${RECORD_HEADER},0),bytes(0,${FPM_BUFFER - RECORD_HEADER}) if { res.len gt ${RECORD_HEADER} }
  acl has_some res.len gt 0
  acl has_log res.payload(1,1) -m bin 07
  acl is_whole var(txn.first) -m sub ${END_OF_HEADERS}
  tcp-response content lua.php-zd-one-record if has_some has_log || has_some !is_whole
  tcp-response content unset-var(txn.first)
.endif
`;
