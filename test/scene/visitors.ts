import { expect } from 'vitest';
import type { Machine } from '../lab/machine.ts';

/** What visitors of one address met: they fetch a page, and a little later the file that it names, which its release alone has. */
export interface Visits {
  readonly pages: number;
  /** Files that were not there. */
  readonly missing: number;
  /** Files of another release. */
  readonly foreign: number;
  /** Pages and files that nobody answered for, or with an error. */
  readonly lost: number;
}

const STOP = '/run/visitors-stop';
const PROGRAM = '/root/visitor.sh';

/** A page of a site of the lab says `release=NAME`; its file is /assets/NAME.txt, with the name as its text. A visitor keeps cookies. */
const SCRIPT = `
jar=$(mktemp)
ask() { curl --silent --max-time 60 --cookie "$jar" --cookie-jar "$jar" "$@"; }
while [ ! -e ${STOP} ]; do
  page=$(ask --fail --header 'Accept: text/html' "$1") || { echo lost; continue; }
  name=\${page#release=}; name=\${name%% *}
  sleep 0.05
  case $(ask --write-out ' %{http_code}' "$1assets/$name.txt") in
    "$name 200") echo found ;;
    *' 200') echo foreign ;;
    *' 404') echo missing ;;
    *) echo lost ;;
  esac
done
rm "$jar"`;

/** One visitor at each address while `act` goes on, each a service: `act` may take longer than one command may. */
export const visiting = async (
  machine: Machine,
  urls: readonly string[],
  act: () => Promise<void>,
): Promise<readonly Visits[]> => {
  await machine.run('rm', '--force', STOP);
  await machine.write(PROGRAM, SCRIPT);
  const visitors = urls.map((url, at) => ({ url, unit: `visitor-${at}`, said: `/root/visitor-${at}` }));
  for (const { url, unit, said } of visitors) {
    await machine.run('rm', '--force', said);
    const output = `--property=StandardOutput=file:${said}`;
    await machine.run('systemd-run', '--quiet', `--unit=${unit}`, output, 'sh', PROGRAM, url);
  }
  try {
    await act();
  } finally {
    await machine.write(STOP, '');
  }
  const units = visitors.map(({ unit }) => unit);
  const states = async () => (await machine.ask('systemctl', 'is-active', ...units)).stdout.trim().split('\n');
  await expect.poll(states, { timeout: 90_000 }).toEqual(units.map(() => 'inactive'));
  return await Promise.all(visitors.map(async ({ said }) => countOf(await machine.run('cat', said))));
};

const countOf = (said: string): Visits => {
  const lines = said.trim().split('\n');
  const count = (word: string) => lines.filter(line => line === word).length;
  return { pages: lines.length, missing: count('missing'), foreign: count('foreign'), lost: count('lost') };
};
