/** A process as the kernel has it. All texts are the process's own choice. */
export interface FoundProcess {
  readonly pid: number;
  /** At most 15 bytes; empty where the name was not looked for, or the process is gone. */
  readonly name: string;
  /** The command with its arguments, of which the first 4 KiB are read. */
  readonly words: readonly string[];
}

export interface Processes {
  /**
   * The processes in the control group of this one, but for itself and its own children, by their ids; none when it is gone.
   * Name and words are looked for of the first 100. Rejects with `file-system`.
   */
  besides(pid: number): Promise<readonly FoundProcess[]>;

  /** The memory of the process's control group, in bytes; undefined where the kernel does not count it, and when the process is gone. */
  memory(pid: number): Promise<number | undefined>;
}
