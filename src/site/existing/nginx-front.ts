import {
  type Answer,
  type Answering,
  answerOf,
  answerOfOneScript,
  answerOfRewrites,
  answerOfTarget,
} from './nginx-answers.ts';
import type { NginxNode } from './nginx-file.ts';
import { isWhole } from './php-locations.ts';
import { fixedScriptOf } from './run-scripts.ts';

/** What answers for a path that is no file. */
export interface Front extends Answer {
  readonly node: NginxNode;
  /** What its lines stand for. */
  readonly replaced: readonly NginxNode[];
  /** Whether files are sent by their own paths, of a block without try_files. */
  readonly isBehindFiles: boolean;
}

/** Undefined when the block does not say so. */
export const frontOf = (around: Answering): Front | undefined => {
  const { children } = around;
  const whole = wholeIn(children);
  // Of a try_files of the block itself no location has anything.
  const tried = (whole?.children ?? children).find(({ name }) => name === 'try_files');
  if (tried !== undefined) return frontFrom(tried, answerOf(tried.args.at(-1) ?? '', around));
  const front = rewritten(whole?.children ?? [], true) ?? rewritten(children, false);
  if (front !== undefined) return front;
  const passed = whole && passedBy(whole, around);
  if (passed !== undefined) return passed;
  // Without that word the answer keeps its status.
  const isAnswered = (args: readonly string[]) => args[0] === '404' && args[1]?.startsWith('=');
  const missing = children.find(({ name, args }) => name === 'error_page' && isAnswered(args));
  const answer = missing && answerOfTarget(missing.args.at(-1) ?? '');
  return missing === undefined || answer?.script === undefined ? undefined : frontFrom(missing, answer);
};

/** A location that gives everything to one script, by lines of the snippet's or by itself (patternOf()). */
const passedBy = (whole: NginxNode, around: Answering): Front | undefined => {
  const answer = answerOfOneScript(whole, around);
  if (answer !== undefined) return { ...frontFrom(whole, answer), isBehindFiles: false };
  const script = around.locations.own.some(({ node }) => node === whole) ? fixedScriptOf(whole) : undefined;
  return script === undefined ? undefined : frontFrom(whole, { lines: lastLine(script), script });
};

/** The location of all paths that no other one takes. */
export const wholeIn = (children: readonly NginxNode[]): NginxNode | undefined =>
  children.find(({ name, args }) => name === 'location' && isWhole(args));

/** The last line of the snippet's location @index. */
export const lastLine = (script: string | undefined): string =>
  script === undefined ? 'return 404;' : `rewrite ^ /${script} last;`;

const frontFrom = (node: NginxNode, answer: Answer): Front => ({
  ...answer,
  node,
  replaced: [node, ...(answer.named === undefined ? [] : [answer.named])],
  isBehindFiles: true,
});

/** Rewrites to a script, by themselves or where there is no such file. */
const rewritten = (nodes: readonly NginxNode[], isLocation: boolean): Front | undefined => {
  const conditions = nodes.filter(
    ({ name, args }) =>
      name === 'if' && /^\(?!-[ef]$/.test(args[0] ?? '') && /^\$request_filename\)?$/.test(args[1] ?? ''),
  );
  const isRewrite = ({ name }: NginxNode) => name === 'rewrite';
  const own = isLocation ? nodes.filter(isRewrite) : [];
  const rewrites = [...own, ...conditions.flatMap(({ children = [] }) => children.filter(isRewrite))];
  const node = rewrites.at(-1);
  const answer = answerOfRewrites(rewrites);
  if (node === undefined || answer === undefined) return undefined;
  return { ...frontFrom(node, answer), replaced: rewrites, isBehindFiles: !own.includes(node) };
};
