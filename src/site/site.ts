/** A site as its file describes it, every default filled in, every value checked. Times are milliseconds. */
export interface Site {
  readonly name: string;
  /** The site file, for messages and for SourcePath= of the units. */
  readonly file: string;
  /** The release as the operator names it: usually the symlink that the deployment flips. */
  readonly release: string;
  /** Where a replica sees its release. */
  readonly mount: string;
  readonly user: string;
  readonly group: string;
  readonly replicas: number;
  readonly surge: number;
  readonly access: 'read-only' | 'read-write';
  /** The front controller, relative to the release: what a health request runs. */
  readonly index: string;
  readonly environmentFile: string | undefined;
  readonly php: Php;
  /** Directives of php-fpm's pool section, in the order of the file, defaults of ours included (pm, pm.max_children). */
  readonly pool: ReadonlyMap<string, string>;
  /** pm.max_children: what one replica can do at once. */
  readonly maxChildren: number;
  readonly env: ReadonlyMap<string, string>;
  /** Path in the release -> absolute path on the host, bound writable over it. */
  readonly shared: ReadonlyMap<string, string>;
  readonly listen: Listen;
  /** Undefined: proven by FPM's ping and by the site's own index answering without a 5xx. */
  readonly health: Health | undefined;
  readonly drain: Drain;
}

export interface Php {
  /** Absolute path of the php-fpm binary. */
  readonly binary: string;
  /** For example `8.2`. */
  readonly version: string;
  /** Extra php.ini settings. */
  readonly ini: ReadonlyMap<string, string>;
}

export interface Listen {
  /** The socket path that the web server uses. */
  readonly fastcgi: string;
  /** A user who may connect besides the group. */
  readonly owner: string | undefined;
  readonly group: string;
  /** Permission bits, for example 0o660. */
  readonly mode: number;
  /** How long a request waits in the balancer for a free child. */
  readonly queueTimeoutMs: number;
}

export interface Health {
  readonly path: string;
  readonly status: number;
  readonly body: RegExp | undefined;
  readonly headers: ReadonlyMap<string, string>;
  /** How many good answers in a row. */
  readonly passes: number;
  readonly intervalMs: number;
  /** After the last pass the replica must still be well for this long. */
  readonly soakMs: number;
  readonly deadlineMs: number;
}

export interface Drain {
  readonly timeoutMs: number;
  readonly onTimeout: 'abort';
}

/** The numbers of a site's slots, from 1. */
export const slotsOf = ({ replicas, surge }: Site): readonly number[] =>
  Array.from({ length: replicas + surge }, (_, index) => index + 1);
