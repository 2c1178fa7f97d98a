/** The receiver has the datagram when the call returns; an error says that it has not. */
export type SendDatagram = (path: string, data: Buffer) => Error | undefined;

/** The part of node-unix-socket's native half that is used. `sendTo` sends at once, and calls back before it returns. */
interface UnixSocketAddon {
  readonly DgramSocketWrap: new (events: {
    emit(): void;
  }) => {
    init(self: object): void;
    setSendBufferSize(bytes: number): void;
    sendTo(data: Buffer, offset: number, length: number, path: string, done: (error?: Error) => void): void;
  };
}

/** The send buffer that sd_journal_sendv(3) asks for. */
const SEND_BUFFER_BYTES = 8 * 1024 * 1024;

/** Node.js itself has no datagrams on unix sockets. Undefined where the addon is not to be had. */
export const openDatagrams = (addon: unknown): SendDatagram | undefined => {
  if (!isUnixSocketAddon(addon)) return undefined;
  const wrap = new addon.DgramSocketWrap({ emit: () => {} });
  wrap.init(wrap);
  try {
    wrap.setSendBufferSize(SEND_BUFFER_BYTES);
  } catch {
    // The kernel's limit is lower than the buffer: sending a longer datagram ends with an error.
  }
  return (path, data) => {
    let failure: Error | undefined;
    wrap.sendTo(data, 0, data.length, path, error => {
      failure = error;
    });
    return failure;
  };
};

const isUnixSocketAddon = (addon: unknown): addon is UnixSocketAddon =>
  typeof addon === 'object' && addon !== null && 'DgramSocketWrap' in addon;
