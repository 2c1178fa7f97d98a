import type { Machine } from '../../lab/machine.ts';
import { type LabSite, setUpSite } from '../../lab/site.ts';
import type { Grow } from './measured.ts';
import { leastProcessorMs, timed } from './timed.ts';

/** A site whose releases have so many scripts, a hundred in a directory. */
export const growFiles: Grow = async (machine, files) => {
  const site = await setUpSite(machine, { ini: '[pool]\npm = static\npm.max_children = 2\n' });
  await fill(machine, `${site.base}/files`, files);
  const releaseOf = () => releaseWith(machine, site);
  // What was promoted, what was before it, and one more: from then on each round has one to remove.
  for (let before = 0; before < 2; before += 1) {
    await site.flip(await releaseOf());
    await site.roll();
  }
  return async note => {
    await site.flip(await releaseOf());
    await note('check', 'ms', await leastProcessorMs(machine, `php-zd check ${site.name}`));
    await note('a roll', 'ms', (await timed(machine, `systemctl reload php-zd@${site.name}`)).wallMs);
    const first = await machine.run('curl', '-sf', '-o', '/dev/null', '-w', '%{time_total}', `${site.url}?files`);
    await note('first request after it', 'ms', Number(first) * 1000);
    await note('releases', 'ms', await leastProcessorMs(machine, `php-zd releases ${site.name}`));
    await note('prune of one', 'ms', (await timed(machine, `php-zd prune --keep 2 ${site.name}`)).wallMs);
  };
};

const fill = async (machine: Machine, directory: string, files: number): Promise<void> => {
  const make = `my ($to, $count) = @ARGV; mkdir $to; for my $n (0 .. $count - 1) { my $in = "$to/" . int($n / 100); mkdir $in;
    open my $file, ">", "$in/$n.php" or die "$in: $!"; print $file "<?php return $n;\\n"; close $file }`;
  await machine.run('perl', '-e', make, directory, String(files));
};

const releaseWith = async (machine: Machine, site: LabSite): Promise<string> => {
  const release = await site.release();
  await machine.run('cp', '--archive', `${site.base}/files`, `${site.directory(release)}/files`);
  return release;
};
