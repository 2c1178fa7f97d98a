import { expect, test } from 'vitest';
import { makeProcesses } from '../../src/adapters/processes.ts';
import { PhpZdError } from '../../src/base/errors.ts';

const GROUP = '/php.slice/php-zd.slice/php-zd-shop.slice/php-zd-fpm-shop@1.service';

/** A master, 10, with the children 11 and 12, and what the texts say of others. */
const host = (texts: Readonly<Record<string, string>>, errno?: string) =>
  makeProcesses({
    read: async path => {
      const text = { '/proc/10/task/10/children': '11 12 ', '/proc/10/cgroup': `0::${GROUP}\n`, ...texts }[path];
      if (text === undefined && errno !== undefined) throw new PhpZdError('file-system', { path, errno });
      return text;
    },
  });
const procs = `/sys/fs/cgroup${GROUP}/cgroup.procs`;

test('what is neither the master nor a child of it is found, with its name and its words', async () => {
  const found = host({ [procs]: '12\n10\n30\n11\n', '/proc/30/comm': 'sleep\n', '/proc/30/cmdline': 'sleep\x0020\0' });
  expect(await found.besides(10)).toEqual([{ pid: 30, name: 'sleep', words: ['sleep', '20'] }]);
});

test('a hierarchy that ends at the top of a container is not looked at', async () => {
  const cgroup = `9:name=systemd:/\n4:memory:/\n0::${GROUP}\n`;
  const found = host({ '/proc/10/cgroup': cgroup, [procs]: '10\n30\n', '/sys/fs/cgroup/cgroup.procs': '1\n2\n' });
  expect(await found.besides(10)).toMatchObject([{ pid: 30 }]);
});

test('a host with several hierarchies has the units in that of systemd', async () => {
  const cgroup = `4:memory:/php.slice\n1:name=systemd:${GROUP}\n0::${GROUP}\n`;
  const found = host({ '/proc/10/cgroup': cgroup, [procs.replace('cgroup/', 'cgroup/systemd/')]: '10\n30\n' });
  expect(await found.besides(10)).toMatchObject([{ pid: 30 }]);
});

test.each(['ESRCH', 'ENODEV'])('of a master that ends meanwhile (%s) nothing is left', async errno => {
  expect(await host({ '/proc/10/cgroup': `0::${GROUP}\n` }, errno).besides(10)).toEqual([]);
});

test('a process that may not be looked at counts all the same', async () => {
  expect(await host({ [procs]: '10\n30\n' }).besides(10)).toEqual([{ pid: 30, name: '', words: [] }]);
});

test('of thousands of processes all count, and a hundred are named', async () => {
  const ids = Array.from({ length: 5_000 }, (_, index) => 100 + index);
  let reads = 0;
  const read = async (path: string) => {
    reads += 1;
    if (path === procs) return ids.join('\n');
    return path === '/proc/10/cgroup' ? `0::${GROUP}\n` : 'x\0';
  };
  const found = await makeProcesses({ read }).besides(10);
  expect([found.length, found.filter(({ name }) => name !== '').length]).toEqual([5_000, 100]);
  expect(reads).toBeLessThan(210);
});

test('what a control group takes is what the kernel counts of it', async () => {
  const current = `/sys/fs/cgroup${GROUP}/memory.current`;
  expect(await host({ [current]: '1234567\n' }).memory(10)).toBe(1_234_567);
  // The kernel may count none, in a container for one, and a process may be gone.
  expect(await host({}).memory(10)).toBeUndefined();
  expect(await host({}, 'ENODEV').memory(10)).toBeUndefined();
  expect(
    await host({ '/proc/10/cgroup': '0::/\n', '/sys/fs/cgroup/memory.current': '1\n' }).memory(10),
  ).toBeUndefined();
});
