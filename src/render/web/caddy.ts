import type { Site, WebServer } from '../../site/site.ts';
import { renderHeader } from '../generated.ts';
import { closedErrors, directoryRules, furtherHandle, paramLine, sentFiles, unsizedRoute } from '../snippets/caddy.ts';
import { paramLines } from '../snippets/params.ts';
import { scriptRule } from '../snippets/rules.ts';
import {
  CLIENT_ADDRESS_HEADER,
  CLIENT_PORT_HEADER,
  furtherRoots,
  HTTPS_HEADER,
  OWN_HEADERS,
  type OwnPlaces,
  PORT_HEADER,
  type Renderer,
  SERVER_HEADER,
  type Start,
  type WebContext,
} from './context.ts';

/**
 * The configuration of a replica's own Caddy. One request is one connection to PHP. No interface to change it: everybody on the host may
 * connect to an address.
 */
const renderConfig = (
  site: Site,
  server: WebServer,
  { paths, view }: WebContext,
): string => `${renderHeader(site, '#')}{
	admin off
	auto_https off
	log {
		output stderr
		level ERROR
	}
	servers {
		protocols h1
	}
}
# Where it listens (php_zd_listen), and where its PHP is (php_zd_php).
import ${paths.webOwn}
${phpSnippets(site, view)}http:// {
	import php_zd_listen
	root * ${view.files}
	route {
${server.include === undefined ? '' : `		import ${paths.webInclude}\n`}${closedErrors(site, view)}
${furtherRoots(view)
  .map(further => furtherHandle(view, further))
  .join('')}${directoryRules(view)}
${unsizedRoute}		@script path_regexp ${scriptRule(view)}
		handle @script {
			@https header ${HTTPS_HEADER} on
			handle @https {
				import php_zd_https
			}
			handle {
				import php_zd_http
			}
		}
		handle {
			file_server
		}
	}
}
`;

/** What is common to all requests to PHP, and a snippet for each way in which they differ. */
const phpSnippets = (site: Site, view: WebContext['view']): string => `(php_zd_passing) {
${OWN_HEADERS.map(name => `	header_up -${name}\n`).join('')}	# What PHP has flushed does not wait for more.
	flush_interval 100ms
${sentFiles(view.sendable.map(sendRule))}}
(php_zd_params) {
	root ${view.scripts}
	split ${view.extensions.join(' ')}
	read_timeout 24h
	write_timeout 24h
${PARAMS.map(([name, value]) => `	env ${name} ${value}\n`).join('')}${paramLines(site, '\t', paramLine)}}
${['http', 'https'].map(phpSnippet).join('')}`;

const said = (header: string) => `{http.request.header.${header}}`;

/** Who the visitor is, by the word of the site's HAProxy, which takes these headers from everybody else. */
const PARAMS = [
  ['REMOTE_ADDR', said(CLIENT_ADDRESS_HEADER)],
  ['REMOTE_HOST', said(CLIENT_ADDRESS_HEADER)],
  ['REMOTE_PORT', said(CLIENT_PORT_HEADER)],
  ['SERVER_ADDR', said(SERVER_HEADER)],
  ['SERVER_PORT', said(PORT_HEADER)],
] as const;

const phpSnippet = (scheme: string): string => `(php_zd_${scheme}) {
	reverse_proxy {
		import php_zd_php
		import php_zd_passing
		transport fastcgi {
			import php_zd_params
			env REQUEST_SCHEME ${scheme}
${scheme === 'https' ? '			env HTTPS on\n' : ''}		}
	}
}
`;

/** PHP sees what Caddy sees. */
const sendRule = ({ path }: { readonly path: string }): string => `			handle ${path}/* {
				root * /
				file_server
			}
`;

/** What the Caddy of one replica has of its own. */
const renderOwn = (site: Site, { socket, php }: OwnPlaces): string => `${renderHeader(site, '#')}(php_zd_listen) {
	bind unix/${socket}
}
(php_zd_php) {
	to unix/${php}
}
`;

/** Its socket is HAProxy's group's to connect to. */
const command = (verb: string, { config, tmp }: Start): string =>
  `umask 0007 && exec /usr/bin/env XDG_CONFIG_HOME=${tmp} XDG_DATA_HOME=${tmp} /usr/bin/caddy ${verb} --config ${config} --adapter caddyfile`;

export const caddy: Renderer = {
  config: renderConfig,
  own: renderOwn,
  command: start => command('run', start),
  test: start => command('validate', start),
  stopSignal: 'SIGTERM',
  leftovers: () => [],
};
