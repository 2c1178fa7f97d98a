import type { Scene } from './scene.ts';

/** The main processes of all replicas that run, by their units: what was restarted has another. */
export const mastersOf = async ({ machine, site }: Scene): Promise<Readonly<Record<string, string>>> => {
  const shown = await machine.run('systemctl', 'show', '--property=Id,MainPID', `php-zd-fpm-${site.name}@*`);
  const units = shown.split('\n\n').map(unit => Object.fromEntries(unit.split('\n').map(line => line.split('='))));
  return Object.fromEntries(
    units.filter(unit => Number(unit['MainPID']) > 0).map(unit => [unit['Id'], unit['MainPID']]),
  );
};
