// What the balancer counts of a site's answers (src/render/answers.ts) has a place in the variables of HAProxy's process, by these names.
// They may have letters, digits, '.' and '_'. A site's name has no capital letter, so no two sites share a variable.

const variable = (site: string, name: string): string => `proc.${site.replaceAll('-', 'M')}.${name}`;

/** The first digit of an answer's status. */
export const STATUS_CLASSES = [1, 2, 3, 4, 5] as const;
export type StatusClass = (typeof STATUS_CLASSES)[number];

type Answered = `answered${StatusClass}xx`;
/** Answers of a site's replicas by the first digit of their status. */
export type AnswersByStatus = Readonly<Record<Answered, number>>;
export const ANSWERED: readonly Answered[] = STATUS_CLASSES.map(each => `answered${each}xx` as const);

/** How many answers of a class the site's replicas have given. */
export const statusVariable = (site: string, statusClass: StatusClass): string => variable(site, `C${statusClass}`);

/** The times, in milliseconds, that answers are told apart by. */
export const ANSWER_TIMES_MS = [2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000] as const;

/** How many answers have taken so long, or longer. */
export const slowVariable = (site: string, ms: number): string => variable(site, `T${ms}`);

/** What is counted of the answers of each server: how many, how many of them failed, and the sums of their times and of these squared. */
export const SERVER_COUNTS = ['answers', 'failed', 'ms', 'squares'] as const;
export type ServerCount = (typeof SERVER_COUNTS)[number];

export const serverVariable = (site: string, server: string, count: ServerCount): string =>
  variable(site, `S${server}.${count}`);
