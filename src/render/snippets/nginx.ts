import { isAtOrBelow } from '../../site/paths.ts';
import type { Site } from '../../site/site.ts';
import { inQuotes, paramLines } from './params.ts';
import { escaped, HIDDEN, placeRule, scriptEnding, scriptRule, sourceRule } from './rules.ts';
import { accessLine, type Place, serverName, WEB_GROUP, type WebView } from './web-view.ts';

/**
 * One connection a request, as nginx has it without `fastcgi_keep_conn`: a kept one would hold a drain (facts.md W1). Scripts
 * are not looked for on the host, where a shared one is elsewhere: PHP-FPM answers for a missing one with 404.
 */
export const renderNginx = (site: Site, view: WebView): string => {
  const script = scriptLocation(site, view);
  return `${accessLine(site, WEB_GROUP, [WEB_GROUP])}server {
    listen 80;
    listen [::]:80;
    server_name ${serverName(site)};
    root ${view.files};
    # Who may put links in a release or writes there has no files of other people's sent by them.
    ${ownLinks(view.linksFrom)}
    # Redirects keep the scheme, the host and the port that the browser knows.
    absolute_redirect off;
    # The port that the browser asked, which today's fastcgi_params of Debian takes from HTTP_HOST.
    set $port_asked "";
    if ($http_host ~ "(:[0-9]+)$") {
        set $port_asked $1;
    }
    # PHP has a limit of its own, post_max_size.
    client_max_body_size 0;

${nginxLocations(view, [{ name: 'former', root: view.formerFiles, why: 'The pages of the release before ask for its files.' }])}${view.shared.map(place => sharedRule(place, view, script)).join('')}
    # Not public, and scripts where the site itself writes: [web] in ${site.name}.ini.
${closedLocation(view)}${script}${hiddenLocation(view)}
    # X-Accel-Redirect with a path as PHP sees it.
${view.sendable.map(sendRule).join('')}
    # Locations of your own: here, last, so that what is closed stays closed. Where one sends files: try_files $uri @former;
${view.shared.some(({ isFile }) => !isFile) ? '    # Where one of that path is above, nginx takes no second one: its other lines belong in that.\n' : ''}}
`;
};

const scriptLocation = (site: Site, view: WebView): string => `    location ~ "${scriptRule(view)}" {
        fastcgi_split_path_info ${splitRule(view)};
        include fastcgi_params;
        fastcgi_param HTTP_HOST $host$port_asked;
${paramLines(site, '        ', paramLine)}        fastcgi_param PATH_INFO $fastcgi_path_info;
        fastcgi_param HTTP_PROXY "";
        fastcgi_param DOCUMENT_ROOT ${view.scripts};
        fastcgi_param SCRIPT_FILENAME ${view.scripts}$fastcgi_script_name;
        fastcgi_pass unix:${site.listen.fastcgi};
        # fastcgi_keep_conn stays off. Requests of more than 60 s: fastcgi_read_timeout 300s;
    }
`;

/** Another place where a file may lie. */
export interface FurtherRoot {
  readonly name: string;
  readonly root: string;
  readonly why: string;
}

/** What is neither closed nor a script: a file, of one of these places, or a directory's index, or the front controller. */
export const nginxLocations = (view: WebView, further: readonly FurtherRoot[]): string => {
  const next = (at: number) => `@${further[at]?.name ?? 'index'}`;
  const location = ({ name, root, why }: FurtherRoot, at: number) => `    # ${why}
    location @${name} {
        root ${root};
        try_files $uri ${next(at + 1)};
    }
`;
  return `    location / {
        try_files $uri ${next(0)};
    }
${further.map(location).join('')}    # A directory that has an index, else the front controller.
    location @index {
${view.index.map(indexRule).join('')}        ${view.frontController === undefined ? 'return 404' : `rewrite ^ ${view.frontController} last`};
    }
`;
};

export const closedLocation = (view: WebView): string => `    location ~ "${placeRule(view)}" {
        return 403;
    }
`;

export const hiddenLocation = (view: WebView): string => `    # Hidden files and source text.
    location ~ "${HIDDEN}(?!well-known/)|${sourceRule(view)}" {
        return 403;
    }
`;

/** The name of a script, and what stands behind it. */
export const splitRule = (view: WebView): string => `^(.+?${scriptEnding(view)})(/.*)$`;

/** nginx has no way to write a dollar. */
export const paramLine = (name: string, value: string): string | undefined =>
  value.includes('$') ? undefined : `fastcgi_param ${name} ${inQuotes(value)};`;

const indexRule = (name: string): string => `        if (-f $document_root$uri/${name}) {
            rewrite ^(.*[^/])$ $1/ permanent;
            rewrite ^(.*)/$ $1/${name} last;
        }
`;

/** A link below the directory counts only where its owner has what it leads to. */
const ownLinks = (directory: string): string => `disable_symlinks if_not_owner from=${directory};`;

/**
 * No pattern of the block has a say in what such a place sends, an operator's for pictures neither, which would not find it below the root. So
 * the place has those that close, and where it has scripts that run, these.
 */
const sharedRule = ({ path, host, isFile, linksFrom }: Place, view: WebView, script: string): string =>
  isFile
    ? `    location = ${path} {
        alias ${host};
        ${ownLinks(linksFrom)}
    }
`
    : `    location ^~ ${path}/ {
        alias ${host}/;
        ${ownLinks(linksFrom)}
        try_files $uri @index;
${within(closedLocation(view))}${hasScripts(path, view) ? within(script) : ''}${within(hiddenLocation(view))}    }
`;

const within = (text: string): string => text.replace(/^(?=.)/gm, '    ');

const hasScripts = (path: string, { phpIn }: WebView): boolean =>
  phpIn.some(each => isAtOrBelow(each, path) || isAtOrBelow(path, each));

const sendRule = ({ path, host, isFile, linksFrom, formerHost }: Place): string => {
  if (formerHost !== undefined) return sendFromEither(path, host, formerHost);
  return isFile
    ? `    location = ${path} {
        internal;
        alias ${host};
        ${ownLinks(linksFrom)}
    }
`
    : `    location ^~ ${path}/ {
        internal;
        alias ${host}/;
        ${ownLinks(linksFrom)}
    }
`;
};

/** A replica of the release before may name a file that only that one has. */
const sendFromEither = (path: string, host: string, formerHost: string): string => `    location ^~ ${path}/ {
        internal;
        root ${host};
        rewrite ^${escaped(path)}(/.*)$ $1 break;
        try_files $uri @sent_before;
    }
    location @sent_before {
        internal;
        root ${formerHost};
        try_files $uri =404;
    }
`;
