import { isError } from '../base/errors.ts';
import type { Files } from '../ports/files.ts';
import type { FoundProcess, Processes } from '../ports/processes.ts';

/** A site may have thousands of processes: those beyond these are known by their ids alone. */
const MOST_NAMED = 100;
const MOST_BYTES_OF_WORDS = 4096;
/** Room for the ids of all processes that a host can have (PID_MAX_LIMIT of the kernel, 2^22). */
const MOST_BYTES_OF_IDS = 64 * 1024 * 1024;

/** The processes as proc(5) and cgroups(7) show them. */
export const makeProcesses = ({ read }: Pick<Files, 'read'>): Processes => {
  const readOf = (path: string, mostBytes: number) => orGone(read(path, mostBytes));
  const find = async (pid: number): Promise<FoundProcess> => ({
    pid,
    name: ((await readOf(`/proc/${pid}/comm`, MOST_BYTES_OF_WORDS)) ?? '').trimEnd(),
    words: ((await readOf(`/proc/${pid}/cmdline`, MOST_BYTES_OF_WORDS)) ?? '').split('\0').filter(Boolean),
  });
  const groupsOf = async (pid: number) => groupsIn((await readOf(`/proc/${pid}/cgroup`, MOST_BYTES_OF_WORDS)) ?? '');
  return {
    memory: async pid => {
      const [group] = await groupsOf(pid);
      const text = group === undefined ? undefined : await readOf(`${group}/memory.current`, MOST_BYTES_OF_WORDS);
      return text === undefined ? undefined : Number(text);
    },
    besides: async pid => {
      const groups = await groupsOf(pid);
      const lists = await Promise.all(groups.map(group => readOf(`${group}/cgroup.procs`, MOST_BYTES_OF_IDS)));
      const all = idsIn(lists.find(list => list !== undefined));
      // A child that comes in between is in neither list.
      const children = new Set(idsIn(await readOf(`/proc/${pid}/task/${pid}/children`, MOST_BYTES_OF_IDS)));
      const others = all.filter(other => other !== pid && !children.has(other)).sort((a, b) => a - b);
      const named = await Promise.all(others.slice(0, MOST_NAMED).map(find));
      return [...named, ...others.slice(MOST_NAMED).map(other => ({ pid: other, name: '', words: [] }))];
    },
  };
};

/**
 * The directory of the control group: in the only hierarchy of a host, or in that of systemd's own where a host has several. In a
 * container one of them may end at its top, which is nobody's unit.
 */
const groupsIn = (text: string): readonly string[] => {
  const lines = text.split('\n').map(line => line.split(':'));
  const groupOf = (hierarchy: string, mount: string): readonly string[] => {
    const path =
      lines
        .find(([, name]) => name === hierarchy)
        ?.slice(2)
        .join(':') ?? '/';
    return path === '/' ? [] : [`${mount}${path}`];
  };
  return [...groupOf('', '/sys/fs/cgroup'), ...groupOf('name=systemd', '/sys/fs/cgroup/systemd')];
};

const idsIn = (text = ''): readonly number[] => text.split(/\s/).filter(Boolean).map(Number);

/** What the kernel says of a process, or of a control group, that ended while it was read. */
const GONE: readonly string[] = ['ESRCH', 'ENODEV'];

const orGone = async (text: Promise<string | undefined>): Promise<string | undefined> => {
  try {
    return await text;
  } catch (error) {
    if (isError(error, 'file-system') && GONE.includes(error.facts.errno)) return undefined;
    throw error;
  }
};
