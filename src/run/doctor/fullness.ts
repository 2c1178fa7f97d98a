import type { Connections } from '../../ports/balancer.ts';

/** The facts of a finding where no more connections are taken, or none. Undefined: HAProxy is away, which another check says. */
export const fullness = (asked: Connections | undefined) => {
  if (asked === undefined || asked.mostConnections === 0 || asked.connections < asked.mostConnections) return [];
  return [{ connections: asked.connections, most: asked.mostConnections }];
};
