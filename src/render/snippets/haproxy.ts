import type { Site } from '../../site/site.ts';
import { accessLine, rootsOf, serverName } from './roots.ts';

/**
 * HAProxy keeps FastCGI connections open unless it is told not to, and an idle one pins a child (facts.md H1). It serves no
 * static files: every path that names no script goes to the front controller, which learns from REQUEST_URI what was asked.
 */
export const renderHaproxyApp = (site: Site): string => {
  const { scripts, index } = rootsOf(site);
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
    use-fcgi-app ${site.name}
    server php-zd unix@${site.listen.fastcgi} proto fcgi

fcgi-app ${site.name}
    docroot ${scripts}
    index ${index}
    no option keep-conn
    acl is_script path_end .php
    set-param SCRIPT_NAME /${index} unless is_script
    set-param SCRIPT_FILENAME ${scripts}/${index} unless is_script
`;
};

/** The site's name in the characters that the name of an access list may have. */
const aclName = ({ name }: Site): string => name.replace(/[^a-z0-9]/g, '_');
