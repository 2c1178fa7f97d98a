import type { Files } from '../../ports/files.ts';
import type { Host } from '../../ports/host.ts';
import type { Ports } from '../site/ports.ts';

/**
 * The ports for one look at many sites: what was found out of a path is not looked for again, so that all that is told of an instant fits
 * together. A look changes nothing.
 */
export const oneLook = (ports: Ports): Ports => ({
  ...ports,
  files: withOwn(ports.files, lookingFiles(ports.files)),
  host: withOwn(ports.host, lookingHost(ports.host)),
});

/** The object with some of its functions replaced. Whatever it is made of, the others stay its own. */
export const withOwn = <Whole extends object>(whole: Whole, own: Partial<Whole>): Whole => {
  const get = (_: object, name: string | symbol): unknown => {
    const found: unknown = Reflect.get(own, name) ?? Reflect.get(whole, name);
    return typeof found === 'function' ? found.bind(whole) : found;
  };
  return new Proxy<Whole>(whole, { get });
};

/** A question that is asked once for each thing that it is about. */
export const onceFor = <Value>(ask: (about: string) => Value): ((about: string) => Value) => {
  const asked = new Map<string, Value>();
  return about => {
    if (asked.has(about)) return asked.get(about) as Value;
    const answer = ask(about);
    asked.set(about, answer);
    return answer;
  };
};

const lookingFiles = (files: Files): Partial<Files> => {
  const begins = new Map<number, (path: string) => Promise<string | undefined>>();
  const whole = onceFor(path => files.read(path));
  const beginOf = (mostBytes: number) => onceFor(path => files.read(path, mostBytes));
  return {
    read: (path, mostBytes) => {
      if (mostBytes === undefined) return whole(path);
      const begin = begins.get(mostBytes) ?? beginOf(mostBytes);
      begins.set(mostBytes, begin);
      return begin(path);
    },
    readLink: onceFor(path => files.readLink(path)),
    identity: onceFor(path => files.identity(path)),
  };
};

const lookingHost = (host: Host): Partial<Host> => ({
  isFile: onceFor(host.isFile),
  isDirectory: onceFor(host.isDirectory),
  resolveDirectory: onceFor(host.resolveDirectory),
});
