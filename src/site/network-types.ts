import { isIPv4 } from 'node:net';
import type { HttpPlace, NetworkAccess } from './site.ts';
import { type Checked, checkValue, parsed, socketPath, type ValueType } from './value-types.ts';

/** As systemd takes it in ListenStream= (systemd.socket(5)), but for names, which somebody would have to look up. */
export const httpPlace: ValueType<HttpPlace> = {
  words: 'socket, or address with a port',
  schema: parsed((text): Checked<HttpPlace> => {
    if (text.startsWith('/')) {
      const socket = checkValue(socketPath, text);
      return 'refused' in socket ? socket : { value: { kind: 'socket', path: socket.value } };
    }
    const [, bare = '', bracketed = '', port = ''] =
      /^(?:([\d.]{1,15}|\*)|\[([\da-fA-F:.]{1,45})\]):(\d{1,5})$/.exec(text) ?? [];
    const isAddress = bare === '*' || isIPv4(bare) || isIPv6(bracketed);
    const number = Number(port);
    if (isAddress && number >= 1 && number <= 65_535)
      return { value: { kind: 'address', host: bare || `[${bracketed}]`, port: number } };
    const tls = /https|ssl|tls/i.test(text) ? '; TLS ends at a web server in front of it' : '';
    return {
      refused: `must be a socket such as /run/shop-http.sock, or an address such as 127.0.0.1:8080, [::1]:8080 or *:8080, not '${text}'${tls}`,
    };
  }),
};

/** An empty value means none, also where defaults.ini has some. */
export const networks: ValueType<readonly string[]> = {
  words: 'addresses and networks with blanks between them',
  mayBeEmpty: true,
  schema: parsed(text => {
    const all = text.split(/\s+/).filter(network => network !== '');
    const wrong = all.find(network => !isNetwork(network));
    return wrong === undefined
      ? { value: all }
      : { refused: `must be addresses and networks such as 192.0.2.7, 10.0.0.0/8 or ::1, not '${wrong}'` };
  }),
};

/** Everything, nothing, or what is named. */
export const networkAccess: ValueType<NetworkAccess> = {
  words: 'yes, no, or addresses and networks with blanks between them',
  schema: parsed((text): Checked<NetworkAccess> => {
    if (text === 'yes' || text === 'no') return { value: text };
    const all = text.split(/\s+/);
    const wrong = all.find(network => !isNetwork(network));
    return wrong === undefined
      ? { value: all }
      : { refused: `must be yes, no, or addresses and networks such as 192.0.2.7, 10.0.0.0/8 or ::1, not '${wrong}'` };
  }),
};

const isNetwork = (text: string): boolean => {
  const [, address = '', bits] = /^([^/]{1,45})(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const most = isIPv4(address) ? 32 : isIPv6(address) ? 128 : 0;
  return most > 0 && (bits === undefined || Number(bits) <= most);
};

/** As WHATWG's URL reads it. Node.js's own pattern takes longer to compile than a site file to read. */
const isIPv6 = (text: string): boolean => /^[\da-f:.]{2,45}$/i.test(text) && URL.canParse(`http://[${text}]/`);
