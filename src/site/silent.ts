import type { Host } from './host.ts';

/** The host for who reads a site file: what lies in a file system that does not answer is as if it were not there. */
export const missingWhereSilent = (host: Host): Host => {
  const made = known.get(host) ?? makeMissing(host);
  known.set(host, made);
  return made;
};

/** One host is that of each of its sites. */
const known = new WeakMap<Host, Host>();

const makeMissing = (host: Host): Host => {
  const ask =
    <Answer>(question: (path: string) => Answer, missing: Answer) =>
    (path: string): Answer =>
      host.silentOn(path) === undefined ? question(path) : missing;
  return {
    ...host,
    isExecutable: ask(host.isExecutable, false),
    resolveDirectory: ask(host.resolveDirectory, undefined),
    unseenIn: ask(host.unseenIn, undefined),
    isClosed: ask(host.isClosed, false),
    isFile: ask(host.isFile, false),
    isDirectory: ask(host.isDirectory, false),
    ownerOf: ask(host.ownerOf, undefined),
    rightsTo: ask(host.rightsTo, undefined),
  };
};

/**
 * What is wrong with a path at which there is nothing to be found, as the end of a sentence: there may be, where nobody answers, or nobody
 * lets php-zd look.
 */
export const ifAnswered = (
  { silentOn, isClosed }: Pick<Host, 'silentOn' | 'isClosed'>,
  path: string,
  problem: string,
): string => {
  const mount = silentOn(path);
  if (mount !== undefined)
    return `leads into the file system at '${mount}', which does not answer: bring it back, or name a path elsewhere`;
  if (!isClosed(path)) return problem;
  return (
    'leads where php-zd may not look (EACCES): run it as root, or, where that is kept out too, as by NFS with root_squash, ' +
    'let others in with chmod o+rx for each directory of the way, or name a path elsewhere'
  );
};
