import type { Machine } from '../lab/machine.ts';

/** What visitors of one address met: they fetch a page, and a little later the file that it names, which its release alone has. */
export interface Visits {
  readonly pages: number;
  /** Files that were not there. */
  readonly missing: number;
}

const STOP = '/run/visitors-stop';

/** A page of a site of the lab says `release=NAME`; its file is /assets/NAME.txt, with the name as its text. */
const SCRIPT = `
while [ ! -e ${STOP} ]; do
  page=$(curl --silent --fail "$1") || { echo lost; continue; }
  name=\${page#release=}; name=\${name%% *}
  sleep 0.05
  [ "$(curl --silent "$1assets/$name.txt")" = "$name" ] && echo found || echo missing
done`;

/** One visitor at each address while `act` goes on. Rejects when a page was lost. */
export const visiting = async (
  machine: Machine,
  urls: readonly string[],
  act: () => Promise<void>,
): Promise<readonly Visits[]> => {
  await machine.run('rm', '--force', STOP);
  const visits = urls.map(url => machine.run('sh', '-c', SCRIPT, 'visitor', url));
  try {
    await act();
  } finally {
    await machine.write(STOP, '');
  }
  return (await Promise.all(visits)).map(said => {
    const lines = said.trim().split('\n');
    if (lines.includes('lost')) throw new Error('a page was lost');
    return { pages: lines.length, missing: lines.filter(line => line === 'missing').length };
  });
};
