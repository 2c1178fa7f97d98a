import { areSame } from '../../ports/files.ts';
import type { Hosted } from '../site/site-run.ts';
import type { GenerationMeta } from './generation.ts';

/**
 * Whether the master sees this generation's configuration and release, and the release is still there (facts.md M1, M3). A pin
 * says what the next start takes; only this says what a replica runs.
 */
export const runsGeneration = async (
  hosted: Hosted,
  mainPid: number,
  { generation, meta }: { readonly generation: string; readonly meta: GenerationMeta | undefined },
): Promise<boolean> => {
  const { paths, ports } = hosted;
  if (mainPid === 0 || meta === undefined) return false;
  const isSame = async (path: string, seenAt: string) =>
    areSame(await ports.files.identity(path), await ports.files.identityInProcess(mainPid, seenAt));
  return (
    (await isSame(meta.release, meta.mount)) && (await isSame(`${paths.generation(generation)}/php`, paths.phpIni))
  );
};
