import { onOneArena } from './arena.ts';
import { attacks as bounds } from './bounds.ts';
import { attacks as clients } from './clients.ts';
import { attacks as sockets } from './sockets.ts';
import { attacks as words } from './words.ts';

/**
 * Attacks on what alpha and beta share: HAProxy, /run, the journal, and who reads of both. One pair of machines for them all: in
 * this order each finds alpha as it needs it. The first two leave it as it was, and the others write its site file anew.
 */
onOneArena('trixie', 'shared', [...clients, ...sockets, ...bounds, ...words]);
