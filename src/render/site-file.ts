/** What a first site file says; every other key has a default. */
export interface SiteAnswers {
  readonly release: string;
  readonly user: string;
  /** The version of PHP, or the path of a php-fpm. Undefined: the only one that the host has. */
  readonly php: string | undefined;
  readonly replicas: string;
  /** The path of [health]. Undefined: a new replica is only asked whether its front controller answers. */
  readonly health: string | undefined;
  /** The document root in the release. Undefined: the only one that the release has. */
  readonly root: string | undefined;
}

/** The key of [php] that has the answer. */
export const phpKey = (php: string): 'binary' | 'version' => (php.startsWith('/') ? 'binary' : 'version');

/** A site file to begin with, with comments for the operator who edits it. */
export const renderSiteFile = (name: string, { release, user, php, replicas, health, root }: SiteAnswers): string =>
  `# The site ${name} of php-zd. All other keys have defaults: man php-zd.ini
[site]
# The link that a deployment points at the next release; "php-zd reload ${name}" rolls to it.
release = ${release}
# Whom PHP runs as: the site's own user, never root.
user = ${user}
# How many PHP-FPMs serve side by side. A roll starts more beside them.
replicas = ${replicas}

# Unless written, the one version that the host has.
${php === undefined ? '# [php]\n# version = 8.4' : `[php]\n${phpKey(php)} = ${php}`}

# What a new replica must answer with status 200 before it serves: a page that needs what visitors need.
${health === undefined ? '# [health]\n# path = /health' : `[health]\npath = ${health}`}
${root === undefined ? '' : `\n# What the web server shows: everything below this directory of the release.\n[web]\nroot = ${root}\n`}`;
