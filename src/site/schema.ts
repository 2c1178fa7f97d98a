import { httpPlace, networkAccess, networks } from './network-types.ts';
import { map, perSite, preset, rest, type Section, section, single } from './schema-key.ts';
import { WEB_SERVERS } from './site.ts';
import {
  absolutePath,
  anyText,
  closedPaths,
  commandLine,
  documentRoot,
  environmentValue,
  fileNames,
  haproxyName,
  haproxyPattern,
  memoryOrInfinity,
  memorySize,
  octalMode,
  oneOf,
  phpText,
  phpVersion,
  programNames,
  ratio,
  regularExpression,
  relativePath,
  relativePaths,
  requestPath,
  requestPaths,
  runDirectories,
  siteUrl,
  socketPath,
  socketPaths,
  taskCount,
  timeSpan,
  timeSpanOrInfinity,
  wholeNumber,
  yesNo,
} from './value-types.ts';

/**
 * The one description of what a site file may say: defaults, the values' types, messages and the manual's table come from it.
 * What can only be judged with the host or another key in view is judged in the read-*.ts files.
 */
export const schema = {
  site: section('site', 'What is served, where, and by whom.', {
    release: perSite(absolutePath, 'required', 'The release, usually the link that a deployment flips.'),
    releases: perSite(
      absolutePath,
      'releases beside the link, or the directory of the link where the releases lie beside it',
      'The directory that all releases of the site lie in: a link that leads anywhere else is refused.',
    ),
    mount: perSite(
      absolutePath,
      '<directory of the resolved release>/.<SITE>.live',
      'Where a replica sees its release; as deep in the tree as the release, or relative links in it break.',
    ),
    user: single(
      anyText('user'),
      'required',
      'The user that PHP runs as; one for each site keeps the sites apart, and another one reads no session in files of the former.',
    ),
    group: single(anyText('group'), "the user's primary group", 'The group that PHP runs as.'),
    replicas: preset(wholeNumber(1, 64), '2', 'How many replicas serve.'),
    surge: preset(
      wholeNumber(0, 64),
      '1',
      'How many replicas a roll may start beyond these: at most as many again, with blue-green always as many; ' +
        '0 restarts each in its place.',
    ),
    strategy: preset(
      oneOf('rolling', 'blue-green'),
      'rolling',
      'How requests come to the new release: replica by replica, or, with blue-green, all at one moment.',
    ),
    standby: preset(
      yesNo,
      'no',
      'Whether one replica of the previous release is kept running, without requests, for a rollback.',
    ),
    bake: preset(
      timeSpan(0),
      '0',
      'How long a new replica is watched while it serves before the roll goes on; 0: not at all.',
    ),
    bake_errors: preset(
      ratio,
      'none',
      'How many times the share of 5xx among its answers may be that of the old replicas meanwhile: one that fails more, and not by chance, ' +
        'ends the roll.',
    ),
    bake_latency: preset(
      ratio,
      'none',
      'How many times as long as the old replicas meanwhile it may take to answer, on average: one that is slower, and not by chance, ends ' +
        'the roll.',
    ),
    access: preset(oneOf('read-only', 'read-write'), 'read-only', 'Whether PHP may write to its release.'),
    index: single(
      relativePath,
      'the first index.php that the release has in public, web, webroot, pub, docroot, htdocs, public_html, www or itself',
      'The script that proves a replica, relative to the release: the front controller.',
    ),
    umask: preset(
      octalMode,
      '0022',
      'The permission bits that files and directories which PHP makes do not get: with 0022 the web server can read them.',
    ),
    home: single(
      absolutePath,
      "a directory of the site's own, empty at first",
      "PHP's HOME, which PHP may write to and which outlives a roll, such as /srv/shop/home; in the home of a user on the host " +
        'there are files that others obey: see Loosening the sandbox.',
    ),
    url: preset(
      siteUrl,
      'http://localhost',
      "The site's address: requests of php-zd's own look as if visitors had come there, by scheme, host name and port.",
    ),
    param: map(
      anyText('text'),
      "A FastCGI parameter of all requests: of php-zd's own, and by the snippet of those of visitors.",
    ),
    environment_file: single(
      absolutePath,
      'none',
      "A file with more variables for PHP's environment, NAME=VALUE a line; read in each roll, as the site's user.",
    ),
  }),
  php: section('php', 'Which PHP.', {
    binary: single(absolutePath, 'the only one installed', 'The php-fpm binary; instead of version.'),
    version: single(phpVersion, 'the only one installed', 'Which of the installed versions; instead of binary.'),
    ini: map(
      phpText,
      'A php.ini setting, such as ini[memory_limit] = 256M; a value that PHP would take for another one, such as 256MB, is refused, ' +
        'and constants with & | ^ ~ ! and parentheses between them, such as E_ALL & ~(E_NOTICE | E_DEPRECATED), are the number that they come to.',
    ),
  }),
  pool: section('pool', "Directives of php-fpm's pool section, passed through but for those that php-zd sets itself.", {
    pm: preset(oneOf('static', 'dynamic', 'ondemand'), 'static', 'When children are started.'),
    'pm.max_children': preset(
      wholeNumber(1, 65_535),
      '8',
      'How many requests one replica serves at once; more wait in the balancer.',
    ),
    DIRECTIVE: rest(
      phpText,
      "Any other directive of a php-fpm pool, as in php-fpm's manual; times are a number with s, m, h or d after it, and a value that php-fpm would take for another one, as it takes 1min 30s for 1s, is refused.",
    ),
  }),
  env: section('env', "Variables of PHP's environment.", {
    NAME: rest(environmentValue, 'A variable and its value.'),
  }),
  shared: section('shared', 'Files and directories that all releases share.', {
    'PATH-IN-RELEASE': rest(absolutePath, 'What is bound, writable, over this path of the release.'),
  }),
  writable: section(
    'writable',
    'Directories that PHP may write to, besides [shared], /tmp, its sessions and its home.',
    {
      PATH: rest(
        yesNo,
        'With yes PHP may write to this directory, as far as its modes let the user: a path in the release, gone with that, or an ' +
          'absolute path on the host, such as one for logs; no takes back a line of defaults.ini.',
      ),
    },
  ),
  listen: section('listen', 'How the web server reaches the site.', {
    fastcgi: perSite(
      socketPath,
      '/run/php-zd/<SITE>/fastcgi.sock',
      "The socket that the web server connects to; after a change the former path leads there too, while a web server's configuration names it.",
    ),
    http: perSite(
      httpPlace,
      'none',
      'Where the site is reached over HTTP besides, by visitors or by a web server with their TLS: a socket, or an address such as ' +
        '127.0.0.1:8080, [::1]:8080 or *:8080; without server in [web] every request goes to the front controller, and static files are ' +
        'not sent there.',
    ),
    edge: single(
      oneOf('none', 'headers', 'proxy-protocol'),
      'headers for a socket, none for an address',
      'How who stands in front of http says who the visitor is: by X-Forwarded-For and X-Forwarded-Proto, or by the PROXY protocol, ' +
        'where port 443 means https.',
    ),
    edge_from: preset(
      networks,
      '127.0.0.0/8 ::1',
      'The addresses and networks from which that is believed, where http is an address.',
    ),
    owner: single(anyText('user'), 'none', 'A user who may connect besides the group.'),
    group: preset(anyText('group'), 'www-data', "The group that may connect: the web server's."),
    mode: preset(octalMode, '0660', 'Permission bits of the socket.'),
    queue_timeout: preset(timeSpan(1), '30s', 'How long a request may wait in the balancer for a free child.'),
  }),
  haproxy: section('haproxy', "HAProxies of one's own that balance the site's replicas, besides php-zd's.", {
    socket: single(socketPaths, 'none', 'The runtime socket of each, at level admin, such as /run/haproxy/admin.sock.'),
    master_socket: preset(
      socketPaths,
      '/run/haproxy-master.sock',
      "The socket of each one's master process, in the order of socket.",
    ),
    backend: single(haproxyName, '<SITE>', "The name of the site's backend in each of them."),
    server: preset(haproxyPattern, '%N', 'The name of the server of each replica; %N is the number of its slot.'),
    worker_user: preset(anyText('user'), 'haproxy', 'The user that they run as, who may connect to the replicas then.'),
    mode: preset(
      oneOf('http', 'tcp'),
      'http',
      'What comes to that backend: HTTP, of which HAProxy makes FastCGI, or, with tcp, the FastCGI of a web server.',
    ),
  }),
  web: section('web', "What the web server shows of the release: 'php-zd snippet' prints it.", {
    server: preset(
      oneOf('none', ...WEB_SERVERS),
      'none',
      "A web server of each replica's own beside its PHP-FPM, for what comes in by http of [listen]: a replica is then the whole site, " +
        'with its static files.',
    ),
    include: single(
      absolutePath,
      'none',
      'A file with more directives for that web server: in the server block of nginx, in the server configuration of Apache, or first ' +
        "of all that the site block of Caddy does; read in each roll, as the site's user.",
    ),
    root: single(
      documentRoot,
      'the directory of index in [site]',
      'The document root, relative to the release; everything in it is public.',
    ),
    index: single(fileNames, 'index.php index.html', 'What answers for a directory: the first of these that is there.'),
    front_controller: single(
      relativePath,
      'index in [site]',
      'The script that answers what is neither a file nor a directory with an index, relative to root; ' +
        'none: such a request has status 404.',
    ),
    closed: single(
      closedPaths,
      'what a known application keeps private in its root',
      'What is in the root and not public, relative to it, answered with 403 with all below it, in upper and lower case alike; in user/*.yaml ' +
        'the asterisk is any text, in deeper directories too.',
    ),
    php_in: single(
      relativePaths,
      'none',
      'Directories, relative to root, whose scripts run although the site writes there: of [shared] or [writable], or for uploads.',
    ),
    htaccess_done: single(
      relativePaths,
      'none',
      'The .htaccess files, relative to root, of which closed and the web server have all that they close or set: check, snippet and doctor tell ' +
        'nothing of them.',
    ),
    sticky: preset(
      oneOf('none', 'release'),
      'none',
      'With release a visitor over http whom a release has answered stays with that release, by a cookie, until a roll takes out ' +
        'its last replica.',
    ),
    sticky_grace: preset(
      timeSpan(0),
      '5s',
      'How long before that the pages that visitors load come from the other release already, and only the files of pages that ' +
        'they have from this one.',
    ),
  }),
  health: section('health', 'A request that a new replica must answer before it serves.', {
    path: single(requestPath, 'required', 'The path of the request.'),
    status: preset(wholeNumber(100, 599), '200', 'The status that a good answer has.'),
    body: single(regularExpression, 'none', 'What the body of a good answer matches.'),
    header: map(anyText('text'), 'A header of the request, such as header[Host] = www.example.com.'),
    passes: preset(wholeNumber(1, 100), '2', 'How many good answers in a row are enough.'),
    interval: preset(timeSpan(1), '50ms', 'The time between two requests.'),
    soak: preset(timeSpan(0), '0', 'How long the replica must still be well after the last of them.'),
    deadline: preset(timeSpan(1), '30s', 'How long all of this may take, the soak included.'),
  }),
  warmup: section('warmup', 'What a new replica is asked before it is proven.', {
    paths: single(requestPaths, 'none', 'The paths of the requests, such as / /search?q=x.'),
    count: preset(wholeNumber(1, 1000), '1', 'How often each of them is asked.'),
    concurrency: preset(wholeNumber(1, 64), '2', 'How many are asked at once, at most pm.max_children.'),
    required: preset(yesNo, 'no', 'Whether the roll fails when one of them does; else it is a warning.'),
    opcache: preset(
      yesNo,
      'yes',
      'Whether the scripts that a serving replica has in its OPcache are compiled in the new one.',
    ),
    deadline: preset(timeSpan(1), '30s', 'How long all of this may take.'),
  }),
  drain: section('drain', 'How a replica is emptied before it is stopped.', {
    timeout: preset(timeSpan(1), '2min', 'How long its requests may take to end.'),
    on_timeout: preset(
      oneOf('abort', 'park', 'kill'),
      'abort',
      'What happens when they take longer: with abort the replica goes back to work and the roll fails, with park it is ' +
        'stopped once it is free and the roll goes on, with kill it is stopped at once.',
    ),
    park_timeout: preset(
      timeSpanOrInfinity(1),
      '1h',
      'How long a parked replica is left to its last requests, such as server-sent events; then it is stopped, and what is left of ' +
        'them is cut off.',
    ),
    daemons: preset(
      programNames,
      'gpg-agent keyboxd dirmngr scdaemon',
      'Programs that requests may leave running for good, by the names of their processes: a drain waits for any other process, ' +
        'and not for these, which end with their replica.',
    ),
  }),
  hooks: section('hooks', 'Commands that run with a roll.', {
    before_roll: single(commandLine, 'none', 'Runs before anything is changed; its failure ends the roll.'),
    before_serve: single(
      commandLine,
      'none',
      'Runs in the view of the new release before the first visitor meets it; its failure ends the roll.',
    ),
    after_roll: single(commandLine, 'none', 'Runs when a roll is through; its failure is a warning.'),
    on_failure: single(
      commandLine,
      'none',
      'Runs when a roll failed or was refused, once it is known what serves; its failure is a warning.',
    ),
    timeout: preset(timeSpan(1), '5min', 'How long each may take; then it is ended, and has failed.'),
  }),
  limits: section('limits', "What all of a site's processes, during a roll too, may use up of the host.", {
    memory: preset(
      memoryOrInfinity,
      '90%',
      'Memory, of which swapped-out pages are no part; beyond it the kernel ends processes of the site, and of no other.',
    ),
    tasks: preset(
      taskCount,
      '15%',
      'Processes and threads, as a number or as a share of what the kernel allows the host; the default is what systemd ' +
        'gives each service.',
    ),
    shm: preset(memorySize, '50%', "The size of the site's own /dev/shm."),
  }),
  sandbox: section('sandbox', "What the site's processes may besides, one thing a key.", {
    sockets: single(
      runDirectories,
      'none',
      'Directories in /run whose sockets PHP may connect to, beside those of MariaDB, MySQL, PostgreSQL, Redis, Valkey, ' +
        'Memcached and ClamAV, and of what resolves names.',
    ),
    network: preset(
      networkAccess,
      'yes',
      'What PHP may reach besides sockets of the host: with no nothing, with addresses these and no other, that of the name server too, ' +
        'where names are looked up.',
    ),
    sendmail: preset(
      yesNo,
      'no',
      "Whether mail() hands its messages to the host's sendmail, outside of the sandbox; without it only to one that needs no rights, as that " +
        'of msmtp-mta.',
    ),
    namespaces: preset(
      yesNo,
      'no',
      'Whether programs may make user, process and network namespaces, by which Chromium keeps the pages that it shows apart.',
    ),
    inotify: preset(
      yesNo,
      'no',
      'Whether programs may have the kernel watch files, by inotify, of which all sites and root have so much together.',
    ),
    setgid: single(
      yesNo,
      'yes for an application that is known to need it',
      'Whether PHP may set the set-group-ID bit of directories, and with it that and the set-user-ID bit of any file of its own.',
    ),
  }),
} as const;

export type SectionName = keyof typeof schema;

export const isSectionName = (name: string): name is SectionName => Object.hasOwn(schema, name);

/** The schema for code that walks it. */
export const schemaSections: readonly Section[] = Object.values(schema);

/** The schema as the manual's tables show it. */
export const sections: readonly SectionTable[] = schemaSections.map(({ name, sentence, keys }) => ({
  name,
  sentence,
  keys: Object.values(keys).map(key => ({
    name: key.kind === 'map' ? `${key.name}[NAME]` : key.name,
    type: key.type.words,
    default: key.default,
    sentence: key.sentence,
  })),
}));

export interface SectionTable {
  readonly name: string;
  readonly sentence: string;
  readonly keys: readonly KeyRow[];
}

interface KeyRow {
  /** The key as it is written in the file: `replicas`, `ini[NAME]`, or a placeholder in capitals that stands for any name. */
  readonly name: string;
  readonly type: string;
  readonly default: string;
  readonly sentence: string;
}
