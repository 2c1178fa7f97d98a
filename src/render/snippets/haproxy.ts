import type { OwnHaproxy, Site } from '../../site/site.ts';
import { DIES_OF_RECORDS } from '../one-record.ts';
import { renderOwnBackend } from '../own-haproxy.ts';
import { haproxyParam, paramLines } from './params.ts';
import { HIDDEN, placeRule, scriptEnding, scriptRule, sourceRule } from './rules.ts';
import { haproxyAccessLine, serverName, type WebView } from './web-view.ts';

/**
 * HAProxy keeps FastCGI connections open unless it is told not to, and an idle one pins a child (facts.md H1). It serves no
 * static files, and does not look at the disk: which directories have an index stands in the text.
 */
export const renderHaproxyApp = (site: Site, view: WebView): string => {
  if (site.haproxy?.mode === 'tcp') return renderTcp(site, site.haproxy);
  const { scripts, frontController } = view;
  const index = view.index.find(name => view.extensions.some(extension => name.endsWith(extension))) ?? 'index.php';
  const otherwise =
    frontController === undefined
      ? ''
      : `    set-param SCRIPT_NAME ${frontController} if !is_script !is_directory
    set-param SCRIPT_FILENAME ${scripts}${frontController} if !is_script !is_directory
`;
  const name = site.haproxy?.backend ?? site.name;
  return `${accessLines(site)}${LONG_QUERIES}${diesOfRecords(site)}# Static files need another backend.
frontend ${site.name}
    mode http
    bind :80
    timeout client 30s
    acl is_${aclName(site)} hdr(host),host_only -i ${serverName(site)}
    use_backend ${name} if is_${aclName(site)}

backend ${name}
${site.haproxy === undefined ? '    mode http\n' : renderOwnBackend(site, site.haproxy, '    ')}    timeout connect 5s
    timeout server 300s
    # Not public, and scripts where the site itself writes: [web] in ${site.name}.ini. Then hidden files and source text.
    acl is_script path,url_dec -m reg ${scriptRule(view)}
    acl is_closed path,url_dec -m reg ${placeRule(view)}
    acl is_hidden path,url_dec -m reg ${HIDDEN}(?!well-known/)|${sourceRule(view)}
    http-request deny deny_status 400 if { path -m sub -i %00 }
    http-request deny if is_closed
    http-request deny if is_hidden !is_script
    http-request del-header Proxy
${slashRules(view)}    use-fcgi-app ${site.name}
${site.haproxy === undefined ? `    server php-zd unix@${site.listen.fastcgi} proto fcgi\n` : ''}
fcgi-app ${site.name}
    docroot ${scripts}
    index ${index}
    path-info ^(/.+?${scriptEnding(view)})(/.*)?$
    pass-header Authorization
    no option keep-conn
${paramLines(site, '    ', haproxyParam)}    acl is_script path,url_dec -m reg ${scriptRule(view)}
${aclLines(
  'is_directory',
  ['/', ...view.indexed.map(path => `${path}/`)].filter(path => path !== '/' || frontController === undefined),
)}${otherwise}`;
};

/** Who may connect, and where HAProxy sees the sockets that it opens while it runs. Those of replicas lie below /run alone. */
const accessLines = (site: Site): string => `${site.haproxy === undefined ? haproxyAccessLine(site) : ''}\
# With "chroot DIR" in [global], have systemd show HAProxy the sockets there, in a drop-in of its unit:
# [Service]
# BindReadOnlyPaths=/run/php-zd:DIR/run/php-zd
${site.haproxy === undefined ? '# BindReadOnlyPaths=/var/lib/php-zd:DIR/var/lib/php-zd\n' : ''}`;

/** How long a query HAProxy's own defaults let through is facts.md N156; what the lines give, units/http.cfg. */
const LONG_QUERIES = `# PHP is told a query twice, in one buffer: one of 8 KB is answered with 500. With these lines in [global] it may have 16,000 bytes:
# tune.bufsize 49152
# tune.maxrewrite 24576
`;

/** Said by HAProxy itself, where it is one that dies of that. */
const diesOfRecords = ({ name }: Site): string => `.if ${DIES_OF_RECORDS}
.warning "An answer with more than 8 KB of headers ends this HAProxy (haproxy#2150). Write http = 127.0.0.1:8080 and edge = headers in [listen] of ${name}.ini, and use what php-zd snippet --edge ${name} haproxy prints."
.endif
`;

/** For a web server that speaks FastCGI to HAProxy. */
const renderTcp = (site: Site, haproxy: OwnHaproxy): string => `${accessLines(site)}frontend ${site.name}
    mode tcp
    bind unix@/run/haproxy/${site.name}.sock user ${haproxy.user} group ${site.listen.group} mode 660
    timeout client 1d
    default_backend ${haproxy.backend}

backend ${haproxy.backend}
    timeout connect 5s
    timeout server 1d
${renderOwnBackend(site, haproxy, '    ')}`;

const slashRules = ({ indexed }: WebView): string =>
  indexed.length === 0
    ? ''
    : `    # Directories that have an index, as of now: print this anew when there are others.
${aclLines('is_slashless', indexed)}    acl has_query query -m found
    http-request redirect code 301 location %[path]/?%[query] if is_slashless has_query
    http-request redirect code 301 location %[path]/ if is_slashless
`;

/** An access list over several lines: HAProxy takes 64 words on one. */
const aclLines = (name: string, paths: readonly string[]): string =>
  paths.length === 0
    ? `    acl ${name} always_false\n`
    : Array.from(
        { length: Math.ceil(paths.length / 10) },
        (_, at) => `    acl ${name} path,url_dec ${paths.slice(10 * at, 10 * at + 10).join(' ')}\n`,
      ).join('');

/** The site's name in the characters that the name of an access list may have. */
const aclName = ({ name }: Site): string => name.replace(/[^a-z0-9]/g, '_');
