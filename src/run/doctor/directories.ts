import { sitePaths } from '../../base/paths.ts';
import type { Ports } from '../site/ports.ts';

/** A directory as a site's file for systemd-tmpfiles wants it. */
export interface WantedDirectory {
  readonly path: string;
  readonly mode: number;
  readonly user: string;
  /** `-` where none is named. */
  readonly group: string;
}

export const wantedDirectories = async (
  { files }: Pick<Ports, 'files'>,
  site: string,
): Promise<readonly WantedDirectory[]> => {
  const text = (await files.read(sitePaths(site).tmpfiles)) ?? '';
  return [...text.matchAll(/^[dD] (\S+) ([0-7]{1,5}) (\S+) (\S+)/gm)].map(
    ([, path = '', mode = '', user = '', group = '']) => ({ path, mode: Number.parseInt(mode, 8), user, group }),
  );
};
