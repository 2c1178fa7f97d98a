import { posix } from 'node:path';
import { ownValue } from '../../base/own.ts';
import { fateOf, takesEveryLine, whyOwned } from '../pool-directives.ts';
import type { SectionName } from '../schema.ts';
import { adoptSendmail } from './adopt-sendmail.ts';
import { type Adopted, type Kept, leave } from './adopted.ts';
import { outOfChroot, pathOutOf } from './pool-chroot.ts';
import { expand, type Pool, type PoolConfig, type PoolDirective, textIn } from './pool-file.ts';
import { trimBlanks } from './pool-value.ts';

/** What the site file says of a pool. Each directive is kept, or left with a reason. */
export const adoptPool = ({ pool, site }: { readonly pool: Pool; readonly site: string }): readonly Adopted[] => {
  const held = directivesThatHold(pool.directives);
  const prefix = textIn(pool, 'prefix') ?? PREFIX;
  const root = textIn(pool, 'chroot');
  const chroot = root === undefined ? undefined : posix.normalize(absolute(root, { prefix })).replace(/\/$/, '');
  return pool.directives.flatMap(directive =>
    held.has(directive)
      ? adopt(directive, { pool: pool.name, site, prefix, chroot: chroot === '' ? undefined : chroot })
      : leave('pool', directive, 'another line of the same name holds'),
  );
};

/** What php-fpm.conf says for all pools at once. Nothing of it is one site's. */
export const leaveGlobal = ({ global, broken }: PoolConfig): readonly Adopted[] => [
  ...global.map(directive =>
    leave('pool', directive, whyOwned(directive.name) ?? 'php-fpm has it for all pools at once'),
  ),
  ...broken.map(line => leave('pool', line, 'php-fpm refuses this line too')),
];

/** Where PHP-FPM's relative paths begin (PHP_PREFIX of Debian's packages). */
const PREFIX = '/usr';

/**
 * Of several lines of one name the last holds, but the first of a name in brackets, whose list PHP-FPM builds from its end
 * (facts.md F18); of some all do.
 */
const directivesThatHold = (directives: readonly PoolDirective[]): ReadonlySet<PoolDirective> => {
  const held = new Map<string, PoolDirective>();
  const every = new Set<PoolDirective>();
  for (const directive of directives) {
    const { name, bracket } = directive;
    const id = `${name}[${bracket ?? ''}]`;
    if (fateOf(name)?.kind === 'list' || (bracket !== undefined && name !== 'env' && takesEveryLine(bracket, 'pool'))) {
      every.add(directive);
    } else if (bracket === undefined || !held.has(id)) held.set(id, directive);
  }
  return new Set([...every, ...held.values()]);
};

interface Place {
  readonly pool: string;
  readonly site: string;
  readonly prefix: string;
  /** The directory of the host that is the pool's root, if another one is. */
  readonly chroot: string | undefined;
}

/** Directives that a site file has under another name. */
const moved: { readonly [Directive in string]?: { readonly section: SectionName; readonly key: string } } = {
  user: { section: 'site', key: 'user' },
  group: { section: 'site', key: 'group' },
  'listen.owner': { section: 'listen', key: 'owner' },
  'listen.group': { section: 'listen', key: 'group' },
  'listen.mode': { section: 'listen', key: 'mode' },
};

const adopt = (directive: PoolDirective, place: Place): Adopted | readonly Adopted[] => {
  const { name, bracket, value } = directive;
  const section = ownValue(moved, name)?.section ?? (name === 'env' ? 'env' : 'pool');
  const fate = fateOf(name);
  if (fate === undefined) return leave(section, directive, 'php-fpm has no such directive for a pool');
  if ('unclear' in value) return leave(section, directive, `the value ${value.unclear}`);
  if (name === 'env' && bracket !== undefined) return adoptVariable(directive, bracket, place);
  const to = ownValue(moved, name);
  if (to !== undefined) {
    return { kind: 'kept', ...to, value: expand(value.text, place.pool), at: directive.at, line: directive.line };
  }
  if (name === 'chroot' && place.chroot !== undefined) return leave('pool', directive, withoutChroot(place.chroot));
  const why = whyOwned(name);
  if (why !== undefined) return leave('pool', directive, why);
  const mail = bracket === 'sendmail_path' ? adoptSendmail(directive, expand(value.text, place.pool)) : undefined;
  if (mail !== undefined) return mail;
  if (bracket === 'sendmail_path' && place.chroot !== undefined && value.text.startsWith('/')) {
    return leave(
      'pool',
      directive,
      `is a program in ${place.chroot}: for the host's write sendmail = yes in [sandbox]`,
    );
  }
  const key = bracket === undefined ? name : `${name}[${bracket}]`;
  const text = isLog(name) ? absolute(value.text, place) : value.text;
  const kept = {
    kind: 'kept',
    section,
    key,
    value: named(text, place),
    at: directive.at,
    line: directive.line,
  } as const;
  if (name === 'access.log') return { ...kept, note: rotated(place) };
  return name === 'clear_env' && isNo(text) ? { ...kept, note: passedOn } : asOnHost(kept, place, bracket);
};

const withoutChroot = (chroot: string): string =>
  `a replica has no chroot, and the host's directories, as far as its sandbox shows them: paths of the lines below are written with ${chroot} before them; where the application's own files name one, do the same there`;

/** Of PHP's settings paths begin there; PHP-FPM's master opens its logs before it changes its root, and the rest are URLs. */
const asOnHost = (line: Kept, { chroot, pool }: Place, bracket: string | undefined): Kept => {
  if (chroot === undefined || bracket === undefined || !line.key.startsWith('php_')) return line;
  const value = outOfChroot(chroot, bracket, line.value);
  return value === line.value ? line : { ...line, value, note: `in ${expand(chroot, pool)}, the chroot of the pool` };
};

const isNo = (text: string): boolean => text === '0' || ownValue(flags, text.toLowerCase()) === '';

const rotated = ({ site }: Place): string =>
  `a signal to php-fpm reaches no replica, which writes on into a file that was rotated away: in what rotates it, as in /etc/logrotate.d, write copytruncate, or "systemctl reload php-zd@${site}" as its postrotate`;

const passedOn =
  "this passed on php-fpm's own environment, and a replica has nothing of that: write what PHP needs of it in [env], or in a file that environment_file in [site] names";

/** [env] has texts, and php-fpm.conf values. */
const adoptVariable = (directive: PoolDirective, variable: string, place: Place): Adopted => {
  const text = 'text' in directive.value ? directive.value.text : '';
  const isQuoted = /^["']/.test(trimBlanks(directive.line.slice(directive.line.indexOf('=') + 1)));
  if (!isQuoted && /[&|~^]|\b(?:E|LOG|PHP)_[A-Z_]+\b/.test(text)) {
    return leave('env', directive, 'the value is an expression: write what it comes to');
  }
  const value = isQuoted ? text : (ownValue(flags, text.toLowerCase()) ?? text);
  const kept = {
    kind: 'kept',
    section: 'env',
    key: variable,
    value: expand(value, place.pool),
    at: directive.at,
    line: directive.line,
  } as const;
  const moved = place.chroot === undefined || variable === 'PATH' ? value : pathOutOf(place.chroot, value);
  return moved === value
    ? kept
    : { ...kept, note: `where this is a path, it was ${expand(moved, place.pool)}: write that` };
};

/** What the words are to PHP-FPM where no quotes stand around them. */
const flags: { readonly [Word in string]?: string } = {
  ...{ true: '1', on: '1', yes: '1' },
  ...{ false: '', off: '', no: '', none: '', null: '' },
};

/** The pool of a replica has the name of the site. */
const named = (text: string, { pool, site }: Place): string => (pool === site ? text : expand(text, pool));

const isLog = (name: string): boolean => name === 'access.log' || name === 'slowlog';

const absolute = (path: string, { prefix }: Pick<Place, 'prefix'>): string => {
  if (path === '' || path.startsWith('/')) return path;
  const relative = path.startsWith('$prefix') ? path.slice('$prefix'.length) : path;
  return posix.join(prefix.startsWith('/') ? prefix : posix.join(PREFIX, prefix), relative);
};
