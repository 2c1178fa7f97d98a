import { readFile } from 'node:fs/promises';
import type { Machine } from '../lab/machine.ts';

/** What stands under one heading: lines that are typed, as one script, and files. */
interface Part {
  readonly typed: string;
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

/** php-zd-applications(7), as a reader has it. */
export interface Manual {
  readonly start: Part;
  readonly of: (application: string) => { readonly once: Part; readonly release: Part; readonly site: Part };
}

export const readManual = async (machine: Machine): Promise<Manual> => {
  const page = await readFile(`${machine.root}/usr/share/man/man7/php-zd-applications.7`, 'utf8');
  const section = (kind: 'Sh' | 'Ss', name: string, text: string): string => {
    const [, body] =
      new RegExp(`^\\.${kind} ${name}\\n((?:(?!\\.S[h${kind === 'Ss' ? 's' : ''}] ).*\\n)*)`, 'm').exec(text) ?? [];
    if (body === undefined && kind === 'Sh') throw new Error(`no ${name} in the manual`);
    return body ?? '';
  };
  return {
    start: partOf(section('Sh', 'DESCRIPTION', page)),
    of: application => {
      const text = section('Sh', application.toUpperCase(), page);
      const part = (name: string) => partOf(section('Ss', name, text));
      return { once: part('Once'), release: part('The release'), site: part('The site file') };
    },
  };
};

const partOf = (text: string): Part => {
  const files: Part['files'][number][] = [];
  const typed: string[] = [];
  let path = '';
  for (const [, named, block] of text.matchAll(/^\.Pa (\S+) :$|^\.Bd -literal.*\n((?:.*\n)*?)\.Ed$/gm)) {
    if (named !== undefined) path = named;
    else if (block?.startsWith('# ')) typed.push(plain(block).replaceAll(/^# |^\.\.\.\n/gm, ''));
    else files.push({ path, text: plain(block ?? '') });
  }
  return { typed: typed.join(''), files };
};

/** roff(7)'s escapes, as far as examples need them. */
const plain = (roff: string): string => roff.replaceAll('\\&', '').replaceAll('\\e', '\\');
