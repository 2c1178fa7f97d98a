/** What units/look-as-users.pl says of one user. */
export interface Said {
  /** A bit for each path that was asked about, and a dash at the end. */
  readonly readable: string;
  readonly writable: string;
  readonly releases: ReadonlyMap<number, SaidOfRelease>;
}

export interface SaidOfRelease {
  readonly isReadable: boolean;
  /** A bit for each of [shared] and of [writable]. */
  readonly reached: string;
  readonly writable: string;
  /** The lines with paths in texts; "\0more" for what went beyond the bounds. */
  readonly paths: string;
}

/**
 * By the user's number. A user whose process was ended before it had said what that user may do is missing; a release that it did not
 * come to the end of is missing too.
 */
export const parseSaid = (text: string): ReadonlyMap<number, Said> => {
  const said = new Map<number, Said>();
  for (const block of text.split(/^user /m).slice(1)) {
    const [at = '', rights = '', ...lines] = block.split('\n');
    const [kind, readable = '', writable = ''] = rights.split(' ');
    if (kind === 'rights') said.set(Number(at), { readable, writable, releases: parseReleases(lines) });
  }
  return said;
};

const parseReleases = (lines: readonly string[]): ReadonlyMap<number, SaidOfRelease> => {
  const releases = new Map<number, SaidOfRelease>();
  let begun: SaidOfRelease | undefined;
  let paths: string[] = [];
  for (const line of lines) {
    const [kind, first = '', reached = '', writable = ''] = line.split(' ', 4);
    if (kind === 'release') {
      begun = { isReadable: first === '1', reached, writable, paths: '' };
      paths = [];
    } else if (kind === 'done' && begun !== undefined) {
      releases.set(Number(first), { ...begun, paths: paths.join('') });
    } else if (kind === 'at') paths.push(`${line.slice('at '.length)}\n`);
    else if (kind === 'more') paths.push('\0more\n');
  }
  return releases;
};

/** Those of the places whose bit is 0. */
export const placesIn = (bits: string, places: readonly string[]): readonly string[] =>
  places.filter((_, at) => bits[at] !== '1');
