import type { Site } from '../../site/site.ts';
import { accessLine, rootsOf, serverName, WEB_GROUP } from './roots.ts';

/**
 * The SCRIPT_FILENAME that Apache's handler sets lies below the link, which no replica sees: the snippet sets another. The
 * worker has the site's name, since httpd tells workers apart by that. Without retry=0 one refused connection would make httpd
 * answer 503 for a minute.
 */
export const renderApache = (site: Site): string => {
  const { files, scripts, index } = rootsOf(site);
  const socket = `unix:${site.listen.fastcgi}|fcgi://${site.name}`;
  return `${accessLine(site, WEB_GROUP, [WEB_GROUP])}# Needs: a2enmod proxy_fcgi
<VirtualHost *:80>
    ServerName ${serverName(site)}
    DocumentRoot ${files}

    <Directory ${files}>
        Require all granted
        DirectoryIndex ${index}
        FallbackResource /${index}
    </Directory>
    <FilesMatch "\\.php$">
        SetHandler "proxy:${socket}"
        ProxyFCGISetEnvIf "true" DOCUMENT_ROOT "${scripts}"
        ProxyFCGISetEnvIf "true" SCRIPT_FILENAME "${scripts}%{reqenv:SCRIPT_NAME}"
    </FilesMatch>
    # One connection a request; how long one may take; no minute of 503 after a refused one.
    <Proxy "${socket}">
        ProxySet enablereuse=off timeout=300 retry=0
    </Proxy>
</VirtualHost>
`;
};
