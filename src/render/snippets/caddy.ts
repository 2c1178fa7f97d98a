import type { Site } from '../../site/site.ts';
import type { FurtherRoot } from './nginx.ts';
import { paramLines } from './params.ts';
import { allowedRule, closedRules, HIDDEN, scriptRule, sourceRule, WELL_KNOWN, writtenRules } from './rules.ts';
import { accessLine, type Place, serverName, WEB_GROUP, type WebView } from './web-view.ts';

/**
 * Caddy looks for static files below the outer root, the link, and names scripts to PHP below the inner one. It opens one
 * connection for each request. `php_fastcgi` alone would send hidden files and run scripts anywhere, and a directory without an
 * index would be none of the front controller's.
 */
export const renderCaddy = (site: Site, view: WebView): string => {
  const php = `${site.name}_php`;
  return `${accessLine(site, 'caddy', ['caddy', WEB_GROUP])}# Caddy has no way not to follow links: who may put one where it looks for files, as the site's PHP where it writes, has it send whatever
# Caddy may read, such as files of another site whose group it is in. [web] server = caddy has each replica send its own: php-zd(8), SECURITY.
(${php}) {
	reverse_proxy unix/${site.listen.fastcgi} {
		# What PHP has flushed does not wait for more.
		flush_interval 100ms
		transport fastcgi {
			root ${view.scripts}
			split ${view.extensions.join(' ')}
${paramLines(site, '\t\t\t', paramLine)}		}
${sentFiles(view.sendable.map(sendRule)).replace(/^(?=.)/gm, '\t')}	}
}
${serverName(site)} {
	root * ${view.files}
	route {
${unsizedRoute}${closedErrors(site, view)}${view.shared.map((place, at) => sharedRule({ place, at, php }, view)).join('')}
${furtherHandle(view, { name: 'former', root: view.formerFiles, why: 'The pages of the release before ask for its files.' })}${directoryRules(view)}
		@script path_regexp ${scriptRule(view)}
		handle @script {
			import ${php}
		}
		handle {
			file_server
		}
	}
}
`;
};

/** X-Accel-Redirect with a path as PHP sees it: the rules say where that is. */
export const sentFiles = (rules: readonly string[]): string => `	# X-Accel-Redirect with a path as PHP sees it.
	@sent header X-Accel-Redirect *
	handle_response @sent {
		route {
			method GET
			rewrite * {rp.header.X-Accel-Redirect}
${rules.join('')}			error 404
		}
	}
`;

/** Caddy cannot tell PHP how long a body is that comes in chunks (facts.md W3). */
export const unsizedRoute = `		# A body without a length would hold a child of PHP-FPM for as long as Caddy runs.
		@unsized not header Content-Length *
		route @unsized {
			request_body {
				max_size 64KB
			}
			@body expression {http.request.body} != ""
			error @body 411
			request_header Content-Length 0
		}
`;

/** What is closed by its place, then hidden files and source text. */
export const closedErrors = (site: Site, view: WebView): string => `		@zero path_regexp \\x00
		error @zero 400
		# Not public, and scripts where the site itself writes: [web] in ${site.name}.ini.
		@closed path_regexp ${closedRules(view).join('|')}
		error @closed 403
${writtenRule(view)}
		# Hidden files and source text.
		@hidden {
			path_regexp ${HIDDEN}
			not path ${WELL_KNOWN}*
			not path_regexp ${scriptRule(view)}
		}
		error @hidden 403
		@source {
			path_regexp ${sourceRule(view)}
			not path_regexp ${scriptRule(view)}
		}
		error @source 403
`;

/** What is neither a script nor a file of the release, and is one below this root. */
export const furtherHandle = (view: WebView, { name, root, why }: FurtherRoot): string => `		# ${why}
		@${name} {
			not path */
			not path_regexp ${scriptRule(view)}
			not file {path}
			file {
				root ${root}
				try_files {path}
			}
		}
		handle @${name} {
			root * ${root}
			file_server
		}
`;

/** Between backquotes everything is as it stands, but for placeholders. */
export const paramLine = (name: string, value: string): string | undefined =>
  /[`{]/.test(value) ? undefined : `env ${name} \`${value}\``;

const writtenRule = (view: WebView): string => {
  const allowed = allowedRule(view);
  return `		@written {
			path_regexp ${writtenRules(view).join('|')}
${allowed === undefined ? '' : `			not path_regexp ${allowed}\n`}		}
		error @written 403
`;
};

/** A directory that has an index, else the front controller. */
export const directoryRules = (view: WebView): string => {
  const { index, frontController } = view;
  return `		# A directory that has an index, else the front controller.
		@slashless {
			not path */
			file {
				try_files ${index.map(name => `{path}/${name}`).join(' ')}
			}
		}
		@slashless_query {
			not path */
			not query ""
			file {
				try_files ${index.map(name => `{path}/${name}`).join(' ')}
			}
		}
		redir @slashless_query {path}/?{query} 301
		redir @slashless {path}/ 301
		@directory {
			path */
			file {
				try_files ${index.map(name => `{path}${name}`).join(' ')}
			}
		}
		rewrite @directory {http.matchers.file.relative}
		@bare {
			path */
			not path_regexp ${scriptRule(view)}
		}
		@missing {
			not file {path}
			not path_regexp ${scriptRule(view)}
		}
${
  frontController === undefined
    ? '		error @bare 404\n		error @missing 404\n'
    : `		rewrite @bare ${frontController}\n		rewrite @missing ${frontController}\n`
}`;
};

interface SharedRule {
  readonly place: Place;
  readonly at: number;
  /** The name of the snippet that asks PHP. */
  readonly php: string;
}

const sharedRule = ({ place: { path, host, isFile }, at, php }: SharedRule, view: WebView): string => {
  const { frontController } = view;
  return isFile
    ? `		handle ${path} {
			root * ${host.slice(0, host.lastIndexOf('/')) || '/'}
			rewrite * ${host.slice(host.lastIndexOf('/'))}
			file_server
		}
`
    : `		@shared${at} {
			path ${path}/*
			not path_regexp ${scriptRule(view)}
		}
		handle @shared${at} {
			root * ${host}
			uri strip_prefix ${path}
			@found {
				not path */
				file {path}
			}
			handle @found {
				file_server
			}
			handle {
${frontController === undefined ? '				error 404\n' : `				rewrite * ${frontController}\n				import ${php}\n`}			}
		}
`;
};

const sendRule = ({ path, host, isFile, formerHost }: Place): string =>
  isFile
    ? `			handle ${path} {
				root * ${host.slice(0, host.lastIndexOf('/')) || '/'}
				rewrite * ${host.slice(host.lastIndexOf('/'))}
				file_server
			}
`
    : `			handle_path ${path}/* {
				root * ${host}
${formerHost === undefined ? '' : sendFromFormer(formerHost)}				file_server
			}
`;

/** A replica of the release before may name a file that only that one has. */
const sendFromFormer = (formerHost: string): string => `				@before {
					not file {path}
					file {
						root ${formerHost}
						try_files {path}
					}
				}
				root @before ${formerHost}
`;
