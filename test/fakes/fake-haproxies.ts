import { PhpZdError } from '../../src/base/errors.ts';
import type { HaproxySockets } from '../../src/base/own-haproxies.ts';
import type { Haproxies, OwnProcess } from '../../src/ports/haproxies.ts';

/** HAProxies of the operator's, by their runtime sockets; nobody answers at any other. */
export class FakeHaproxies implements Haproxies {
  readonly processes = new Map<string, OwnProcess>();

  async look({ socket }: HaproxySockets): Promise<OwnProcess> {
    const found = this.processes.get(socket);
    if (found === undefined) throw new PhpZdError('balancer-unreachable', { socket, reason: 'ENOENT' });
    return found;
  }
}
