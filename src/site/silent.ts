import type { Host } from './host.ts';

/** The host for who reads a site file: what lies in a file system that does not answer is as if it were not there. */
export const missingWhereSilent = (host: Host): Host => {
  const ask =
    <Answer>(question: (path: string) => Answer, missing: Answer) =>
    (path: string): Answer =>
      host.silentOn(path) === undefined ? question(path) : missing;
  return {
    ...host,
    isExecutable: ask(host.isExecutable, false),
    resolveDirectory: ask(host.resolveDirectory, undefined),
    unseenIn: ask(host.unseenIn, undefined),
    isFile: ask(host.isFile, false),
    isDirectory: ask(host.isDirectory, false),
    ownerOf: ask(host.ownerOf, undefined),
    rightsTo: ask(host.rightsTo, undefined),
  };
};

/** What is wrong with a path at which there is nothing to be found, as the end of a sentence: there may be, where nobody answers. */
export const ifAnswered = ({ silentOn }: Pick<Host, 'silentOn'>, path: string, problem: string): string => {
  const mount = silentOn(path);
  if (mount === undefined) return problem;
  return `leads into the file system at '${mount}', which does not answer: bring it back, or name a path elsewhere`;
};
