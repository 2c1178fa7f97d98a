import type { Site } from '../../site/site.ts';
import { haproxyParam, paramLines } from './params.ts';
import { HIDDEN, placeRule, SCRIPT, SOURCE } from './rules.ts';
import { accessLine, serverName, type WebView } from './web-view.ts';

/**
 * HAProxy keeps FastCGI connections open unless it is told not to, and an idle one pins a child (facts.md H1). It serves no
 * static files, and does not look at the disk: which directories have an index stands in the text.
 */
export const renderHaproxyApp = (site: Site, view: WebView): string => {
  const { scripts, frontController } = view;
  const index = view.index.find(name => name.endsWith('.php')) ?? 'index.php';
  const otherwise =
    frontController === undefined
      ? ''
      : `    set-param SCRIPT_NAME ${frontController} if !is_script !is_directory
    set-param SCRIPT_FILENAME ${scripts}${frontController} if !is_script !is_directory
`;
  return `${accessLine(site, 'haproxy', ['haproxy'])}# Without "chroot" in [global]: HAProxy opens the socket when it runs. Static files need another backend.
frontend ${site.name}
    mode http
    bind :80
    timeout client 30s
    acl is_${aclName(site)} hdr(host),host_only -i ${serverName(site)}
    use_backend ${site.name} if is_${aclName(site)}

backend ${site.name}
    mode http
    timeout connect 5s
    timeout server 300s
    # Not public, and scripts where the site itself writes: [web] in ${site.name}.ini. Then hidden files and source text.
    acl is_script path,url_dec -m reg ${SCRIPT}
    acl is_closed path,url_dec -m reg ${placeRule(view)}
    acl is_hidden path,url_dec -m reg ${HIDDEN}(?!well-known/)|${SOURCE}
    http-request deny deny_status 400 if { path -m sub -i %00 }
    http-request deny if is_closed
    http-request deny if is_hidden !is_script
    http-request del-header Proxy
${slashRules(view)}    use-fcgi-app ${site.name}
    server php-zd unix@${site.listen.fastcgi} proto fcgi

fcgi-app ${site.name}
    docroot ${scripts}
    index ${index}
    path-info ^(/.+?\\.php)(/.*)?$
    pass-header Authorization
    no option keep-conn
${paramLines(site, '    ', haproxyParam)}    acl is_script path,url_dec -m reg ${SCRIPT}
${aclLines(
  'is_directory',
  ['/', ...view.indexed.map(path => `${path}/`)].filter(path => path !== '/' || frontController === undefined),
)}${otherwise}`;
};

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
