/** A line of a pool. */
interface PoolValue {
  readonly directive: string;
  readonly value: string;
  /** What PHP-FPM has for it, as `php-fpm -tt` says it; undefined where it refuses the line. */
  readonly read: string | undefined;
  /** What is said of it. */
  readonly problem?: string;
}

const number = 'a whole number';
const time = 'a whole number with s, m, h or d after it, such as 90s';

const fine = (directive: string, readings: Readonly<Record<string, string>>): readonly PoolValue[] =>
  Object.entries(readings).map(([value, read]) => ({ directive, value, read }));

const taken = (
  directive: string,
  readings: Readonly<Record<string, readonly [read: string, meant: string]>>,
): readonly PoolValue[] =>
  Object.entries(readings).map(([value, [read, meant]]) => {
    const problem = `is '${value}', which php-fpm reads as ${read}: write ${meant}`;
    return { directive, value, read, problem };
  });

const refused = (directive: string, values: Readonly<Record<string, string>>): readonly PoolValue[] =>
  Object.entries(values).map(([value, meant]) => {
    const problem = `is '${value}', which php-fpm does not take: write ${meant}`;
    return { directive, value, read: undefined, problem };
  });

const tooMuch = (directive: string, value: string, read: string, most: string): PoolValue => ({
  ...{ directive, value, read },
  problem: `is '${value}', more than php-fpm holds: write at most ${most}`,
});

/** Values of [pool], each with what PHP-FPM 8.2 and 8.4 have for it and with what is said of it. */
export const poolValues: readonly PoolValue[] = [
  ...fine('request_terminate_timeout', { 0: '0s', 5: '5s', '5s': '5s', '5m': '300s', '5h': '18000s', '5d': '432000s' }),
  ...fine('request_terminate_timeout', { '30 s': '30s', '010': '10s' }),
  ...taken('request_terminate_timeout', {
    '1min 30s': ['1s', '90s'],
    '5 minutes': ['5s', '300s'],
    '500ms': ['500s', '1s'],
    '5 parsecs': ['5s', time],
    '1.5': ['1s', '2s'],
    '1.5h': ['3600s', '5400s'],
    '1e3': ['1s', time],
    '0x10': ['0s', time],
    '-1': ['-1s', '0, for none'],
    yes: ['1s', time],
    s: ['0s', time],
  }),
  ...refused('request_terminate_timeout', { '2min': '120s', '90sec': '90s', '5M': time, off: '0, for none' }),
  ...refused('request_terminate_timeout', { infinity: '0, for none' }),
  tooMuch('request_terminate_timeout', '99999999d', '-1474285952s', '2147483647s'),
  ...taken('request_slowlog_timeout', { '1min 30s': ['1s', '90s'], '-1': ['-1s', '0, for none'] }),
  ...fine('pm.process_idle_timeout', { '5m': '300s', 10: '10s' }),
  ...taken('pm.process_idle_timeout', { '1min 30s': ['1s', '90s'] }),
  ...refused('pm.process_idle_timeout', { off: time }),
  ...fine('pm.max_requests', { 0: '0', 500: '500', off: '0', '010': '10' }),
  ...taken('pm.max_requests', { '-1': ['-1', '0, for none'], yes: ['1', number] }),
  ...refused('pm.max_requests', { '1k': number, '1 000': number, unlimited: '0, for none' }),
  tooMuch('pm.max_requests', '4294967297', '1', '2147483647'),
  ...fine('request_slowlog_trace_depth', { 5: '5' }),
  ...taken('request_slowlog_trace_depth', { 0: ['20', 'a whole number from 1 up'] }),
  ...fine('pm.start_servers', { 2: '2' }),
];
