import type { Host } from '../host.ts';
import type { Adopted } from './adopted.ts';
import type { Answering } from './nginx-answers.ts';
import type { NginxNode } from './nginx-file.ts';
import { type Front, lastLine, wholeIn } from './nginx-front.ts';
import { childOf } from './nginx-servers.ts';
import { inNginx, stays } from './nginx-words.ts';

// Where a block looks for what it is asked for, and what answers where it finds none.

export interface FilesPlace {
  readonly host: Host;
  readonly site: string;
  readonly release: string;
  /** The document root, absolute. */
  readonly root: string;
  readonly around: Answering;
  readonly front: Front | undefined;
  /** Locations that nginx takes before those of scripts. */
  readonly shut: ReadonlySet<NginxNode>;
}

/** What the snippet's own locations of files must have besides, so that a path that is no script is answered as before. */
export const adoptWhole = (place: FilesPlace): readonly Adopted[] => {
  const { front, around } = place;
  const whole = wholeIn(around.children);
  const isPassing = around.locations.own.some(({ node }) => node === whole);
  const odd = [whole, ...around.children].find(each => each && isOddIndex(childOf(each, 'index') ?? each));
  const node = front?.node ?? (isPassing ? whole : odd);
  if (node === undefined) return [];
  // What PHP-FPM is asked for and may not run, it refuses.
  const tried = front === undefined && isPassing ? [''] : triedIn(front);
  const said = [...inLocation(tried, place), ...(front === undefined ? [] : atLast(front))];
  return said.length === 0 ? [] : [stays(node, `stays in nginx: write ${said.join(', and ')}`)];
};

/** The line that answers where nothing else does. */
const atLast = (front: Front): readonly string[] => {
  if (front.lines === lastLine(front.script)) return [];
  const alone = triedIn(front).includes('$uri/') ? '' : ', without its if (-f ...) blocks';
  return [`${front.lines} as the last line of the snippet's location @index, in place of its own${alone}`];
};

/** The names before the last one. */
export const triedIn = (front: Front | undefined): readonly string[] => {
  if (front?.node.name === 'try_files') return front.node.args.slice(0, -1);
  return front === undefined || front.isBehindFiles ? ['$uri', '$uri/'] : [''];
};

export const inLocation = (words: readonly string[], place: FilesPlace): readonly string[] => {
  const index = indexOf(place);
  if (isUsual(words) && !(words.includes('$uri/') && isOddIndex(index))) return [];
  const of = words.includes('$uri/') && index !== undefined ? ` and ${index.args.join(' ')};` : '';
  return [
    `${triedText(words)}${of.replace(' and ', ' and index ')} in the snippet's location /, in place of its own try_files`,
  ];
};

/** Where the snippet looks for files, and for the index of a directory behind them. */
export const isUsual = (words: readonly string[]): boolean =>
  words.includes('$uri') && words.every(word => word === '$uri' || word === '$uri/');

export const triedText = (words: readonly string[]): string =>
  `try_files ${words.map(inNginx).join(' ')} ${words.includes('$uri') ? '@former' : '@index'};`;

/** The index of the pages of a block. */
export const indexOf = ({ around: { children } }: Pick<FilesPlace, 'around'>): NginxNode | undefined => {
  const whole = wholeIn(children);
  return (whole && childOf(whole, 'index')) ?? children.find(({ name }) => name === 'index');
};

/** The names of the index in [web]; a block that does not look for one in directories has its front controller alone. */
export const indexNames = (place: FilesPlace): readonly string[] => {
  const { front } = place;
  if (front?.script !== undefined && !triedIn(front).includes('$uri/') && !front.script.includes('/'))
    return [front.script];
  return indexOf(place)?.args.filter(name => !/[/$]/.test(name)) ?? [];
};

/** [web] has no such name. */
const isOddIndex = (index: NginxNode | undefined): boolean =>
  index?.name === 'index' && index.args.some(name => /[/$]/.test(name));
