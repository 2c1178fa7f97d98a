import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { pathPattern } from '../src/run/doctor/named-paths.ts';
import { ENDED } from '../src/run/observe/crashes.ts';
import { CRASH, FATAL } from '../src/run/proof/fatal-log.ts';
import { UNOPENED } from '../src/run/proof/unopened.ts';
import { cpuMsOf } from './cpu-time.ts';

/**
 * Every regular expression of src/ that repeats something without a bound, and so may take more than its share of time on a text
 * that somebody chose for it. A pattern that is not here fails this test until somebody has thought about it. Beside each stands
 * who writes what it reads: `root`, or texts that, many times over, make it try again and again. Each of those is tried with the
 * texts of all.
 */
const judged: Readonly<Record<string, 'root' | readonly string[]>> = {
  // Site files, arguments, units and configuration of the host.
  '[&|~^]|\\b(?:E|LOG|PHP)_[A-Z_]+\\b': 'root',
  '\\[(.+)\\]$': 'root',
  '^(?:127\\.\\d+\\.\\d+\\.\\d+|localhost|\\[::1\\]):\\d+$': 'root',
  '^(?:E|LOG|PHP)_[A-Z_]+$': 'root',
  '^(?:[^\\s;#"\'\\\\](?:[^;#\\\\]*[^\\s;#\\\\])?)?$': 'root',
  '^[\\w.-]+$': 'root',
  '^\\/(?:var|usr)\\/\\w+$': 'root',
  '^\\/etc\\/php\\/(\\d+\\.\\d+)\\/': 'root',
  '^php_(?:admin_)?value\\[(.+)\\]$': 'root',
  '"((?:\\\\.|[^"\\\\])*)"|\'((?:\\\\.|[^\'\\\\])*)\'|((?:\\\\.|[^\\s"\'\\\\])+)': 'root',
  '#.*|(?:\\\\.|\'[^\']*\'|"(?:\\\\.|[^"\\\\])*"|[^\\s#\'"\\\\])+': 'root',
  '\\/+$': 'root',
  '\\/?\\$.*$': 'root',
  '\\B(?=(?:\\d{3})+$)': 'root',
  '\\[.*': 'root',
  '^# configuration file (.+):$': 'root',
  '^(?:"(?:\\\\.|[^"\\\\])*"|\'(?:\\\\.|[^\'\\\\])*\'|\\\\.|[^\\s"\'\\\\])+(?=\\s|$)': 'root',
  '^([^=]*)=(.*)$': 'root',
  '^([^[\\]]+)\\[([^[\\]]*)\\]$': 'root',
  '^[ \\t\\r\\n]+|[ \\t\\r\\n]+$': 'root',
  "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$": 'root',
  "'--with-config-file-path=([^']+)'": 'root',
  "'--with-config-file-scan-dir=([^']+)'": 'root',
  '^(\\d+|unlimited)$': 'root',
  '^(\\w+)\\[(.+)\\]$': 'root',
  '^(https?):\\/\\/([\\w.-]+|\\[[0-9A-Fa-f:.]+\\])(?::(\\d{1,5}))?\\/?$': 'root',
  '^\\/(dev\\/(stderr|stdout|fd\\/\\d+)|proc\\/self\\/fd\\/\\d+)$': 'root',
  '^[A-Za-z_][A-Za-z0-9_.-]*$': 'root',
  '^[A-Za-z_][A-Za-z0-9_]*$': 'root',
  '^[\\w.,:/ -]*$': 'root',
  '^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$': 'root',
  '^\\/[!-~]*$': 'root',
  '^\\/[\\x21-\\x7e]*$': 'root',
  '^\\/run\\/php-zd\\/[^/]+\\/fastcgi\\.sock$': 'root',
  '^\\[([^\\]]*)\\]$': 'root',
  '^\\[\\s*([\\w.-]*)': 'root',
  '^\\d*$': 'root',
  '^\\/run\\/[\\w@+-][\\w.@+-]*$': 'root',
  '^error: (.*[^.?!\\n])$': 'root',
  controlCharacter: 'root',
  partPattern: 'root',
  text: 'root',
  '`${ESC}\\\\[\\\\d{1,3}m`': 'root',
  // The rules of the snippets, over a path of at most 200 characters.
  '`^${listedRule(view)}`': 'root',
  "[...closedByPlace(view), unlessAllowed(view)].join('|')": 'root',
  'scriptRule(view)': 'root',
  '`${HIDDEN}(?!well-known/)`': 'root',
  "sourceRule(view).replace('(?i)', '')": 'root',
  // A location of nginx's.
  pattern: 'root',
  ':\\d+$': 'root',
  '^php-fpm(\\d+\\.\\d+)$': 'root',
  '^[1-9]\\d*$': 'root',
  '^\\.(\\d+)\\.[0-9a-f]{12}\\.new$': 'root',
  // What an application, a client or any user of the host may have written, or a program of the host repeats of it.
  CRASH: ['child 1 exited on signal 1 ', 'child 1'],
  ENDED: ['[a] WARNING: [pool a] child 1 exited on signal 1 (', '[a] WARNING: [pool '],
  UNOPENED: ['; Unable to open primary script: ', "; Access to the script 'a' has been denied ", '; '],
  FATAL: [': PHP Fatal error: ', 'PHP Fatal error: ', ': '],
  '^\\S+ +LISTEN +(\\d+) +(\\d+) *$': ['u_str LISTEN 1 ', 'LISTEN 1 1 '],
  '^\\d+ \\* 0 *(?:[<-]-[->](?: ino:(\\d+) dev:(\\d+)\\/(\\d+))?(?: .*)?)?$': ['1 * 0 <-> ino:1 dev:1/1', '1 * 0 '],
  '^[A-Za-z_]\\w*$': ['a', 'a='],
  '^export\\s+([A-Za-z_]\\w*)$': ['export ', 'export \t'],
  '\\s+': [' '],
  '^Max open files +(\\d+)': ['Max open files ', '\n'],
  '^PHP (\\d+\\.\\d+)\\.\\S+ \\(fpm-fcgi\\)': ['PHP 1.1.'],
  '`^${name}: +(\\\\d+) kB$`': ['Pss:  '],
  '`^${name}:(.*)$`': ['Uid:'],
  '`^${name}:\\\\s*(\\\\S+)`': ['passwd: ', '\n'],
  '^\\d+\\.\\d+$': ['1', '1.1'],
  // What lies in a release, and the crontab of a site's user.
  '^(\\d{1,9}):(.*)$': ['1:', '1:\n'],
  '^[ \\t]{0,80}[#;].*$': ['#', ' \n', '\t#'],
  'pathPattern(site)': ['/srv/shop/current', '/srv/shop/releases/a', '\\\\\\/srv', '/home/a', '\\'],
};

const tree = fileURLToPath(new URL('../src/', import.meta.url));

interface Pattern {
  readonly file: string;
  readonly source: string;
  readonly flags: string;
}

const patternsIn = (file: string): readonly Pattern[] => {
  const text = ts.createSourceFile(file, readFileSync(tree + file, 'utf8'), ts.ScriptTarget.Latest, true);
  const found: Pattern[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/');
      found.push({ file, source: node.text.slice(1, end), flags: node.text.slice(end + 1) });
    }
    if (ts.isNewExpression(node) && node.expression.getText() === 'RegExp') {
      found.push({ file, source: node.arguments?.[0]?.getText() ?? '', flags: 'new' });
    }
    ts.forEachChild(node, visit);
  };
  visit(text);
  return found;
};

const files = readdirSync(tree, { recursive: true, encoding: 'utf8' }).filter(file => /(?<!\.d)\.ts$/.test(file));
const patterns = files.flatMap(patternsIn);

/** A class of characters holds no repetition, and an escaped character is none. */
const withoutClasses = (source: string): string => source.replace(/\\./g, 'x').replace(/\[\^?[^\]]*\]/g, 'x');
const repeats = ({ source, flags }: Pattern): boolean =>
  flags === 'new' || /[*+]|\{\d*,\}/.test(withoutClasses(source));

test('whoever writes a pattern that repeats without a bound names the texts that are worst for it', () => {
  const used = new Set(patterns.filter(repeats).map(({ source }) => source));
  expect([...used].sort()).toEqual(Object.keys(judged).sort());
});

/** A pattern that is put together as the program runs, by a name that the program chose, as it is then. */
const assembled: Readonly<Record<string, RegExp>> = {
  CRASH: new RegExp(CRASH, 'g'),
  ENDED: new RegExp(ENDED, 'g'),
  UNOPENED: new RegExp(UNOPENED, 'g'),
  FATAL: new RegExp(FATAL, 'gm'),
  'pathPattern(site)': new RegExp(pathPattern({ link: '/srv/shop/current', releases: '/srv/shop/releases' }), 'g'),
  '`^${name}: +(\\\\d+) kB$`': /^Pss: +(\d+) kB$/gm,
  '`^${name}:(.*)$`': /^Uid:(.*)$/gm,
  '`^${name}:\\\\s*(\\\\S+)`': /^passwd:\s*(\S+)/gm,
};

const SHORT = 4_096;
const LONG = 8 * SHORT;
/** Eight times the text takes eight times as long when the time grows with the length, and 64 times when it grows with the square. */
const MOST_GROWTH = 24;
/** What takes less is measured by nobody. */
const LEAST_MS = 20;

const timeOf = (pattern: RegExp, text: string): number => cpuMsOf(() => text.replace(pattern, ''));

const texts = [...new Set(Object.values(judged).flatMap(each => (each === 'root' ? [] : each)))];
const isForeign = (pattern: Pattern): boolean => repeats(pattern) && judged[pattern.source] !== 'root';
const ENDS = ['', '\u0000', '"', ' x', '\n'];

test.each(patterns.filter(isForeign).map(pattern => [`/${pattern.source}/ of ${pattern.file}`, pattern] as const))(
  '%s takes time in proportion to the text',
  (_, { source, flags }) => {
    const pattern = flags === 'new' ? assembled[source] : new RegExp(source, `${flags.replace(/[gy]/g, '')}g`);
    if (pattern === undefined) throw new Error('say in `assembled` how it is when it is used');
    for (const text of texts) {
      for (const end of ENDS) {
        const make = (length: number) => text.repeat(Math.ceil(length / text.length)) + end;
        if (timeOf(pattern, make(LONG)) < LEAST_MS) continue;
        // The least of several: the machine has other things to do.
        const leastOf = (length: number) => Math.min(...Array.from({ length: 5 }, () => timeOf(pattern, make(length))));
        const growth = leastOf(LONG) / Math.max(leastOf(SHORT), 0.1);
        expect(growth, `of many ${JSON.stringify(text)}`).toBeLessThan(MOST_GROWTH);
      }
    }
  },
);
