import type { NginxNode } from './nginx-file.ts';
import { isMatch, isPattern } from './php-locations.ts';

/** The locations that nginx has a path answered in, the outermost first, as ngx_http_core_find_location() finds them (facts.md N121). */
export const chosenFor = (nodes: readonly NginxNode[], path: string): readonly NginxNode[] => choose(nodes, path).chain;

interface Choice {
  readonly chain: readonly NginxNode[];
  /** Whether no pattern of the blocks around it has a say. */
  readonly isFinal: boolean;
}

const choose = (nodes: readonly NginxNode[], path: string): Choice => {
  const fitting = nodes.filter(({ name, args }) => name === 'location' && isMatch(args, path));
  const exact = fitting.find(({ args: [modifier] }) => modifier === '=');
  if (exact !== undefined) return { chain: [exact], isFinal: true };
  const [prefix] = fitting.filter(({ args }) => !isPattern(args)).sort((a, b) => lengthOf(b) - lengthOf(a));
  const inner = prefix && choose(prefix.children ?? [], path);
  const within: Choice = { chain: prefix === undefined ? [] : [prefix, ...(inner?.chain ?? [])], isFinal: false };
  if (inner?.isFinal) return { ...within, isFinal: true };
  const pattern = prefix?.args[0] === '^~' ? undefined : fitting.find(({ args }) => isPattern(args));
  if (pattern === undefined) return within;
  return { chain: [pattern, ...choose(pattern.children ?? [], path).chain], isFinal: true };
};

const lengthOf = ({ args }: NginxNode): number => args.at(-1)?.length ?? 0;
