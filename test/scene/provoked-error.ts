import type { Scene } from './scene.ts';

export type Act = (scene: Scene) => Promise<unknown>;

/** How a verb comes to an error whose commands change something. */
export interface ProvokedError {
  readonly begin: Act;
  /** A shell's line, which fails and, after the commands, does not. */
  readonly verb: string;
  readonly says: RegExp;
  /** Of several ways that are printed, the one that is gone here. Undefined: all that is printed is typed. */
  readonly way?: RegExp;
  /** What a person waits for, or does, before the commands are typed. */
  readonly end?: Act;
  /** What a person writes in the place of a word. */
  readonly fill?: Readonly<Record<string, string>>;
  /** Takes away what was made for this one. */
  readonly after?: Act;
}

/** A shell's line in the machine, which must not fail. */
export const shell =
  (line: string): Act =>
  ({ machine }) =>
    machine.run('bash', '-c', line);
