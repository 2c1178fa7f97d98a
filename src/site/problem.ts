/** A place in a file. Lines count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
}

/** What is wrong or doubtful at a place, in the operator's words: the same form for problems and for warnings. */
export interface Problem extends Position {
  readonly message: string;
}

export const formatProblem = ({ file, line, message }: Problem): string => `${file}:${line}: ${message}`;

/** What was found so far. The readers of a site file only ever add to it. */
export interface Findings {
  readonly problems: Problem[];
  readonly warnings: Problem[];
}

/** The problems by line, those of `firstFile` before those of any other file. */
export const sortProblems = (problems: readonly Problem[], firstFile: string): readonly Problem[] =>
  [...problems].sort((a, b) => Number(b.file === firstFile) - Number(a.file === firstFile) || a.line - b.line);
