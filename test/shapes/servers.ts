import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { labCommand, type Machine } from '../lab/machine.ts';
import type { Question, Reply } from './ask.ts';

/** A web server of Debian's, with the way in which its operator uses the snippets: on a port of its own. */
export interface Server {
  readonly port: number;
  /** Whether it sends static files, and those that PHP names. */
  readonly hasFiles: boolean;
  readonly sends: boolean;
  /** The file of a site's snippet, and of all of them where the server has one file. */
  readonly file: (site: string) => string;
  readonly change: (snippet: string, host: string) => string;
  /** The first text of a file that all snippets share. */
  readonly head?: string;
  readonly start: readonly string[];
}

const HAPROXY = '/etc/haproxy/sites.cfg';
const CADDYFILE = '/etc/caddy/Caddyfile';

export const servers = {
  nginx: {
    port: 8081,
    hasFiles: true,
    sends: true,
    file: site => `/etc/nginx/sites-enabled/snippet-${site}`,
    change: text => text.replaceAll(/(listen (?:\[::\]:)?)80;/g, '$18081;'),
    start: ['nginx -t', 'systemctl reload-or-restart nginx'],
  },
  apache: {
    port: 8082,
    hasFiles: true,
    sends: false,
    file: site => `/etc/apache2/sites-enabled/${site}.conf`,
    change: text => text.replace('*:80', '*:8082'),
    start: [
      'rm --force /etc/apache2/sites-enabled/000-default.conf',
      'echo Listen 8082 >/etc/apache2/ports.conf',
      'a2enmod --quiet proxy_fcgi rewrite headers',
      'apache2ctl configtest',
      'systemctl restart apache2',
    ],
  },
  caddy: {
    port: 8083,
    hasFiles: true,
    sends: true,
    file: () => CADDYFILE,
    // The machine has no name localhost, at which Caddy's control socket would listen.
    head: '{\n\tadmin off\n}\n',
    change: (text, host) => text.replace(`\n${host} {`, `\nhttp://${host}:8083 {`),
    start: [`caddy validate --config ${CADDYFILE}`, 'systemctl restart caddy'],
  },
  // Debian's haproxy.cfg as it is, and what the snippets ask for. The frontends of all sites become one.
  haproxy: {
    port: 8084,
    hasFiles: false,
    sends: false,
    file: () => HAPROXY,
    change: text => text.replace('bind :80', 'bind abns@SITE'),
    start: [
      'mkdir -p /etc/systemd/system/haproxy.service.d',
      "php-zd snippet $(basename $(ls /etc/php-zd/sites/*.ini | head -n 1) .ini) haproxy | sed -n 's:DIR:/var/lib/haproxy:; s/^# \\(\\[Service\\]\\|BindReadOnlyPaths=.*\\)/\\1/p' >/etc/systemd/system/haproxy.service.d/php-zd.conf",
      `printf 'EXTRAOPTS="-f ${HAPROXY} -S /run/haproxy-master.sock"\\n' >/etc/default/haproxy`,
      'cd /etc/php-zd/sites; for f in *.ini; do if ! grep -q "^owner =" $f; then printf "[listen]\\nowner = haproxy\\n" >>$f; php-zd reload $(basename $f .ini); fi; done',
      'systemctl daemon-reload; systemctl restart haproxy',
    ],
  },
} as const satisfies Readonly<Record<string, Server>>;

export type ServerName = keyof typeof servers;

/** The site `shop` answers to the machine's own address, and so to whoever names no site. */
export const hostOf = (site: string): string => (site === 'shop' ? '127.0.0.1' : `${site}.example.com`);

/** Brings the snippets of the sites into the server, which is then started. */
export const bringIn = async (machine: Machine, name: ServerName, sites: readonly string[]): Promise<void> => {
  const server: Server = servers[name];
  const texts = new Map<string, string>();
  const command = `for site in ${sites.join(' ')}; do php-zd snippet $site ${name}; printf '\\0'; done`;
  const snippets = (await machine.run('sh', '-e', '-c', command)).split('\0');
  for (const [at, site] of sites.entries()) {
    const host = hostOf(site);
    const snippet = snippets[at] ?? '';
    const text = server.change(snippet.replaceAll(`${site}.example.com`, host), host);
    const file = server.file(site);
    texts.set(file, `${texts.get(file) ?? server.head ?? ''}${text}`);
  }
  for (const [file, text] of texts) await machine.write(file, name === 'haproxy' ? oneFrontend(text) : text);
  for (const command of server.start) await machine.run('sh', '-c', command);
};

/** The frontends of several snippets as an operator has them: one, which chooses among the backends. */
const oneFrontend = (text: string): string => {
  const lines = text.split('\n');
  const rules = lines.filter(line => /^ {4}(?:acl is_\w+ hdr\(host\)|use_backend )/.test(line));
  const rest = text.replaceAll(/^frontend [\s\S]*?\n\n/gm, '');
  return `frontend all\n    mode http\n    bind :8084\n    timeout client 30s\n${rules.join('\n')}\n\n${rest}`;
};

/** A program of this directory in one text. */
export const bundle = async (file: string): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(file, import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
};

const program = await bundle('ask-all.ts');

/** Asks on the machine's loopback, one question after the other. */
export const askAll = (machine: Machine, questions: readonly Question[]): readonly Reply[] => {
  const [lab = '', ...args] = labCommand(
    'net',
    machine.name,
    process.execPath,
    '--input-type=module',
    '-',
    JSON.stringify(questions),
  );
  const { stdout, stderr, status } = spawnSync(lab, args, { input: program, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
};
