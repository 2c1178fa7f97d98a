import { GOOD_INI } from './provoke.ts';
import { type Act, type ProvokedError, shell } from './provoked-error.ts';

const aheadOfIt: Act = async ({ site }) => await site.flip(await site.release());

/** A drill is refused for each of its reasons that have somebody type what changes something. */
const refused = (begin: Act, says: RegExp, way?: RegExp): ProvokedError => ({
  ...{ begin, says, verb: 'php-zd drill shop --seconds 0.1' },
  ...(way && { way }),
});

export const drillProvocations: Readonly<Record<string, ProvokedError>> = {
  'drill-refused: not-started': refused(shell('systemctl stop php-zd@shop'), /it is not started/),
  'drill-refused: other-release': refused(aheadOfIt, /and the link names \//, /reload/),
  'drill-refused: other-release, and back': refused(aheadOfIt, /and the link names \//, /deploy/),
  'drill-refused: other-configuration': {
    ...refused(({ site }) => site.writeIni(`${GOOD_INI}[env]\nTWO = 2\n`), /has changed since the last roll/),
    after: async ({ site }) => {
      await site.writeIni(GOOD_INI);
      await site.reload();
    },
  },
  'drill-refused: no-script': refused(
    shell('rm /var/lib/php-zd/shop/generations/*/php/drill.php'),
    /PHP answers drill.php with/,
  ),
};
