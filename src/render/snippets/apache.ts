import { posix } from 'node:path';
import type { Site } from '../../site/site.ts';
import { inQuotes, paramLines } from './params.ts';
import { escaped, HIDDEN, placeRule, scriptEnding, scriptRule, sourceRule } from './rules.ts';
import { accessLine, type Place, serverName, WEB_GROUP, type WebView } from './web-view.ts';

/**
 * The SCRIPT_FILENAME that Apache's handler sets lies below the link, which no replica sees: the snippet sets another. The
 * worker has the site's name, since httpd tells workers apart by that. Without retry=0 one refused connection would make httpd
 * answer 503 for a minute.
 */
export const renderApache = (site: Site, view: WebView): string => {
  const { files, formerFiles } = view;
  const socket = `unix:${site.listen.fastcgi}|fcgi://${site.name}`;
  const handler = scriptHandler(site, view, socket);
  return `${accessLine(site, WEB_GROUP, [WEB_GROUP])}# Needs: a2enmod proxy_fcgi rewrite
<VirtualHost *:80>
    ServerName ${serverName(site)}
    DocumentRoot ${files}
    # PATH_INFO may have slashes of its own.
    AllowEncodedSlashes On
    # PHP has a limit of its own, post_max_size.
    LimitRequestBody 0
    # Redirects keep the scheme, the host and the port that the browser knows.
    RedirectRelative On
${view.shared.map(aliasRule).join('')}    RewriteEngine On
${furtherRule(view, view.formerFiles)}
    # A link counts only where its owner has what it leads to: nobody who may put one there has files of other people's sent.
${linksRules(view)}    <Directory ${files}>
        Require all granted
        # Of .htaccess: who may come in, and Redirect. RewriteRule could pass requests on to whomever it names.
        ${OVERRIDES}
        # The header Authorization is PHP's to judge.
        CGIPassAuth On
${directoryRules(view)}${handler}    </Directory>
    <Directory ${formerFiles}>
        Require all granted
        ${OVERRIDES}
    </Directory>
${view.shared.map(place => sharedRule(place, view, handler)).join('')}
    # Not public, and scripts where the site itself writes: [web] in ${site.name}.ini.
${closedSections(view)}    # Bodies without a length are counted first: PHP-FPM takes no others.
    SetEnv proxy-sendcl 1
    # One connection a request; how long one may take; no minute of 503 after a refused one.
    <Proxy "${socket}">
        ProxySet enablereuse=off timeout=300 retry=0 flushpackets=on
    </Proxy>
</VirtualHost>
`;
};

/** For the site's own directories: what other files of configuration bring in by an Alias, in every virtual host, has a PHP of its own. */
const scriptHandler = (site: Site, view: WebView, socket: string): string => {
  const { scripts } = view;
  return `        <FilesMatch "${scriptEnding(view)}$">
            SetHandler "proxy:${socket}"
${paramLines(site, '            ', paramLine)}            ProxyFCGISetEnvIf "true" DOCUMENT_ROOT "${scripts}"
            ProxyFCGISetEnvIf "true" SCRIPT_FILENAME "${scripts}%{reqenv:SCRIPT_NAME}"
        </FilesMatch>
`;
};

/**
 * What applications close by a .htaccess stays closed: a dump of the database that a plugin keeps in the uploads, for example. What else stands
 * there is left alone, without an error. Who writes there cannot open what a LocationMatch closes. RewriteRule is left alone too: with [P], or by
 * a handler, whoever writes a .htaccess would have Apache ask the socket of another site, as a user who may (P8).
 */
const OVERRIDES = `AllowOverride AuthConfig Limit Nonfatal=All
        AllowOverrideList Redirect RedirectMatch`;

/** The value is an expression within a quoted word. `\${NAME}` is one of httpd's own variables before anything is quoted. */
export const paramLine = (name: string, value: string): string | undefined =>
  value.includes('${') ? undefined : `ProxyFCGISetEnvIf "true" ${name} ${inQuotes(value.replace(/[\\%$]/g, '\\$&'))}`;

/** What is closed by its place; then hidden files and source text. */
export const closedSections = (view: WebView): string => `    <LocationMatch "${placeRule(view)}">
        Require all denied
    </LocationMatch>
    # Hidden files and source text.
    <LocationMatch "^(?!${scriptRule(view).slice(1)})(?:.*${HIDDEN}(?!well-known/)|.*(?:${sourceRule(view)}))">
        Require all denied
    </LocationMatch>
`;

/** Files that the release does not have: the pages of another one ask for them. Never a script, which would be run. */
export const furtherRule = (
  view: Pick<WebView, 'files' | 'shared' | 'extensions'>,
  root: string,
): string => `    RewriteCond ${view.files}%{REQUEST_URI} !-f
    RewriteCond ${root}%{REQUEST_URI} -f
    RewriteCond %{REQUEST_URI} !${scriptRule(view)}
${view.shared.map(({ path }) => `    RewriteCond %{REQUEST_URI} !^${escaped(path)}(?:/|$)\n`).join('')}    RewriteRule ^ ${root}%{REQUEST_URI} [L]
`;

/** A directory that has an index, else the front controller; a script that is not there is neither. */
export const directoryRules = (view: WebView): string => {
  const { index, frontController } = view;
  const hasIndex = index.map(name => `-f %{REQUEST_FILENAME} . '/${name}'`).join(' || ');
  return `        DirectoryIndex ${[...index, ...(frontController === undefined ? [] : [frontController])].join(' ')}
        DirectorySlash Off
        <If "%{REQUEST_URI} =~ m#[^/]$# && (${hasIndex})">
            Redirect 301 "%{REQUEST_URI}/"
        </If>
        RewriteEngine On
        RewriteCond %{REQUEST_FILENAME} !-f
        RewriteCond %{REQUEST_URI} ${scriptRule(view)}
        RewriteRule ^ - [R=404,L]
${slashlessRule(frontController)}`;
};

/** FallbackResource is for what does not exist: a directory asked for without its slash does. */
const slashlessRule = (frontController: string | undefined): string =>
  frontController === undefined
    ? ''
    : `        RewriteCond %{REQUEST_FILENAME} -d
        RewriteRule [^/]$ ${frontController} [L]
        FallbackResource ${frontController}
`;

const aliasRule = ({ path, host, isFile }: Place): string =>
  isFile ? `    Alias ${path} ${host}\n` : `    Alias ${path}/ ${host}/\n`;

/** Of what lies below: of the directory itself the one above it says whether it may be a link. */
const linksRules = ({ linksFrom, shared }: WebView): string =>
  [...new Set([linksFrom, ...shared.map(place => place.linksFrom)])]
    .map(
      directory => `    <Directory ${directory}>
        Options SymLinksIfOwnerMatch
    </Directory>
`,
    )
    .join('');

const sharedRule = ({ host, isFile }: Place, { frontController }: WebView, handler: string): string =>
  isFile
    ? `    <Directory ${posix.dirname(host)}>
        <Files ${posix.basename(host)}>
            Require all granted
        </Files>
    </Directory>
`
    : `    <Directory ${host}>
        Require all granted
        ${OVERRIDES}
        DirectoryIndex ${frontController ?? 'disabled'}
        DirectorySlash Off
        RewriteEngine On
${slashlessRule(frontController)}${handler}    </Directory>
`;
