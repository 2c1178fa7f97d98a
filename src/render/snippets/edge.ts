import { placeText } from '../../site/http-conflicts.ts';
import type { Http, Site } from '../../site/site.ts';
import type { WebServer } from './snippet.ts';
import { accessLine, haproxyAccessLine, serverName, WEB_GROUP } from './web-view.ts';

/**
 * What an operator puts into the configuration of the web server that has the visitors' TLS and HTTP/2, and passes every request on to
 * `[listen] http`. Each says who the visitor is in a way that a visitor cannot: what came with the request is replaced, or stands
 * before what the server adds, and the last one counts.
 */
export const renderEdge = (server: WebServer, site: Site, http: Http): string => renderers[server](site, http);

/** Who can say it by the PROXY protocol: of Debian's nginx, Apache and Caddy (2.6) none. */
export const SPEAKS_PROXY: WebServer = 'haproxy';

const renderers: { readonly [Server in WebServer]: (site: Site, http: Http) => string } = {
  nginx: (site, http) => `${access(site, http, WEB_GROUP, [WEB_GROUP])}server {
    listen 443 ssl http2;
    listen [::]:443 ssl http2;
    server_name ${serverName(site)};
    ssl_certificate /etc/ssl/private/${serverName(site)}.pem;
    ssl_certificate_key /etc/ssl/private/${serverName(site)}.key;
    # PHP has a limit of its own, post_max_size.
    client_max_body_size 0;

    location / {
        proxy_pass http://${http.at.kind === 'socket' ? `unix:${http.at.path}:` : addressOf(http)};
        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
        # What asks for another protocol passes too.
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $http_connection;
        # Requests of more than 60 s: proxy_read_timeout 300s;
    }
}
`,

  apache: (site, http) => `${access(site, http, WEB_GROUP, [WEB_GROUP])}# a2enmod ssl http2 headers proxy proxy_http
<VirtualHost *:443>
    ServerName ${serverName(site)}
    Protocols h2 http/1.1
    SSLEngine on
    SSLCertificateFile /etc/ssl/private/${serverName(site)}.pem
    SSLCertificateKeyFile /etc/ssl/private/${serverName(site)}.key
    ProxyPreserveHost On
    # Apache itself adds who came to X-Forwarded-For.
    RequestHeader set X-Forwarded-Proto expr=%{REQUEST_SCHEME}
    # PHP has a limit of its own, post_max_size.
    LimitRequestBody 0
    ProxyPass "/" "${http.at.kind === 'socket' ? `unix:${http.at.path}|http://localhost/` : `http://${addressOf(http)}/`}" timeout=300 nocanon
    AllowEncodedSlashes NoDecode
</VirtualHost>
`,

  // Caddy has certificates of its own, and says X-Forwarded-For and X-Forwarded-Proto by itself.
  caddy: (site, http) => `${access(site, http, 'caddy', ['caddy'])}${serverName(site)} {
    reverse_proxy ${http.at.kind === 'socket' ? `unix/${http.at.path}` : addressOf(http)}
}
`,

  haproxy: (
    site,
    http,
  ) => `${http.at.kind === 'socket' ? `${haproxyAccessLine(site)}${IN_CHROOT}` : ''}frontend ${site.name}
    mode http
    bind :443 ssl crt /etc/ssl/private/${serverName(site)}.pem alpn h2,http/1.1
    timeout client 60s
    use_backend ${site.name} if { hdr(host),host_only -i ${serverName(site)} }

backend ${site.name}
    mode http
    timeout connect 5s
    timeout server 300s
${
  http.edge === 'proxy-protocol'
    ? ''
    : `    http-request set-header X-Forwarded-For %[src]
    http-request set-header X-Forwarded-Proto https
`
}    server php-zd ${http.at.kind === 'socket' ? `unix@${http.at.path}` : addressOf(http)}${http.edge === 'proxy-protocol' ? ' send-proxy-v2' : ''}
`,
};

/** Where somebody on this host connects to: an address that stands for all of them is reached by the loopback's. */
const addressOf = ({ at }: Http): string =>
  placeText(at)
    .replace(/^(?:\*|0\.0\.0\.0):/, '127.0.0.1:')
    .replace(/^\[::\]:/, '[::1]:');

/** Of this socket systemd makes another one with each start of the site, which a mount in the chroot would not show. */
const IN_CHROOT = `# With "chroot" in [global], as Debian's has it, HAProxy sees no socket: write an address in http, such as 127.0.0.1:8080.\n`;

const access = (site: Site, { at }: Http, user: string, groups: readonly string[]): string =>
  at.kind === 'socket' ? accessLine(site, user, groups) : '';
