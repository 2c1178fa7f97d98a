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
 * Where HAProxy makes HTTP of PHP's answers: lines of the balancer by which the headers reach it in one record (units/haproxy.lua). They
 * wait for the headers' end alone. HAProxy itself chooses as it starts, so that its next version goes without them.
 *
 * A text ends at its first byte 0, so `has_end` looks into the first record alone; nearly all answers have their headers there.
 */
export const renderOneRecord = (
  { listen }: Pick<Site, 'listen'>,
  servers: readonly { readonly web: WebServerKind | undefined }[],
): string =>
  listen.http === undefined || servers.every(({ web }) => web !== undefined)
    ? ''
    : `.if ${DIES_OF_RECORDS}
  # Headers that PHP writes in several records go on in one.
  acl has_end res.payload(${RECORD_HEADER},0) -m sub ${END_OF_HEADERS}
  acl ends_first res.payload(${RECORD_HEADER},${FPM_BUFFER - RECORD_HEADER}) -m sub ${END_OF_HEADERS}
  acl has_log res.payload(1,1) -m bin 07
  acl is_judged var(txn.first) -m found
  acl is_long var(txn.first) -m int ge ${FPM_BUFFER}
  acl is_cut res.len gt 0
  tcp-response content set-var(txn.first) res.len if has_end || has_log || { res.len ge ${FPM_BUFFER} }
  tcp-response content lua.php-zd-one-record if has_log || is_long !ends_first || is_cut !is_judged
.endif
`;
