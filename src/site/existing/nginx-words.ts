import { type Left, leave } from './adopted.ts';
import type { NginxNode } from './nginx-file.ts';

/** A directive as a line, of a block only what stands in it. */
const lineOf = ({ name, args, children }: NginxNode): string => {
  const head = [name, ...args].join(' ').replace(/[\t\r\n]/g, ' ');
  if (children === undefined) return head;
  return `${head} { ${[...new Set(children.map(child => child.name))].join('; ')} }`;
};

export const placeOf = (node: NginxNode): Pick<Left, 'at' | 'line'> => ({
  at: { file: node.file, line: node.line },
  line: lineOf(node),
});

export const stays = (node: NginxNode, why = "stays in nginx: bring it into the snippet's block"): Left =>
  leave('web', placeOf(node), why);

/** A word of nginx's configuration, in quotes where it needs them. */
export const inNginx = (text: string): string => (text === '' || /[\s;{}"'\\#]/.test(text) ? inQuotes(text) : text);

/** A backslash counts before these alone. */
export const inQuotes = (text: string): string => `"${text.replace(/"|\\(?=["'\\trn]|$)/g, '\\$&')}"`;

/** A directive without a block, as it is written. */
export const written = ({ name, args }: NginxNode): string => `${[name, ...args.map(inNginx)].join(' ')};`;
