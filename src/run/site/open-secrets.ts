import { valueUnless } from '../../base/errors.ts';
import { paths } from '../../base/paths.ts';
import type { Problem } from '../../site/problem.ts';
import { hasSecrets, warnOfOpenSecrets } from '../../site/secrets.ts';
import type { LoadedSite } from './load-site.ts';
import type { Ports } from './ports.ts';

/** Warnings of the files of a site that have variables and that every user of the host may read. */
export const openSecrets = async (ports: Ports, { site, texts }: LoadedSite): Promise<readonly Problem[]> => {
  const files = [[site.file, texts.site] as const, [paths.defaults, texts.defaults ?? ''] as const];
  const found = await Promise.all(
    files
      .filter(([, text]) => hasSecrets(text))
      .map(async ([file, text]) => warnOfOpenSecrets(file, text, await modeOf(ports, file))),
  );
  return found.flat();
};

/** 0 for a file that is not there: nobody reads it. */
export const modeOf = async ({ commands }: Pick<Ports, 'commands'>, file: string): Promise<number> => {
  const args = ['--dereference', '--format=%a', '--', file];
  return Number.parseInt((await valueUnless(() => commands.run('stat', args), 'command-failed')) ?? '0', 8);
};
