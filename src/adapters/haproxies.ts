import type { Haproxies } from '../ports/haproxies.ts';
import { parseConfigured, parseMaster, parsePid, parseServersState, parseThreads } from './haproxy-answers.ts';
import { ask, askCurrent, read, SHOW_INFO, SHOW_STAT } from './haproxy-exchange.ts';

const SHOW_PROC = 'show proc';

/** The real ones, by their runtime and master sockets (management guide 9.3, 9.4). */
export const makeHaproxies = (deadlineMs = 5_000): Haproxies => ({
  look: async ({ socket, master }, backend) => {
    const showState = `show servers state ${backend}`;
    const [info = '', stat = '', state = ''] = await askCurrent(socket, [SHOW_INFO, SHOW_STAT, showState], deadlineMs);
    const [proc = ''] = await ask(master, [SHOW_PROC], deadlineMs);
    const servers = read(parseConfigured, SHOW_STAT, stat).filter(each => each.backend === backend);
    return {
      master: read(parseMaster, SHOW_PROC, proc),
      worker: read(parsePid, SHOW_INFO, info),
      threads: read(parseThreads, SHOW_INFO, info),
      servers:
        parseServersState(state) &&
        new Map(servers.map(({ server, maxconn, isChecked }) => [server, { maxconn, isChecked }])),
    };
  },
});
