import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadAddon } from '../../src/adapters/addon.ts';
import { makeJournal } from '../../src/adapters/journal.ts';
import { bootMachine, type Machine, SUITES } from '../lab/machine.ts';

const adapters = new URL('../../src/adapters/', import.meta.url).pathname;

/** Run in the machine, beside the addons that are installed there: `tell WHAT WAY TEXT`, `tell sync`. */
const PROGRAM = `
  import { loadAddon } from '${adapters}addon.ts';
  import { makeJournal } from '${adapters}journal.ts';
  import { makeLog } from '${adapters}log.ts';
  import { makeNotifier } from '${adapters}notifier.ts';
  const [what, way, text] = process.argv.slice(2);
  if (what === 'journal') makeJournal(way === 'program' ? { addon: undefined } : {}).write(JSON.parse(text));
  if (what === 'sync') await makeLog({ commands: { run: async () => process.exit(1) } }).sync();
  const notifier = makeNotifier({ ways: way === 'program' ? [] : [way] });
  if (what === 'notifier') for (const line of JSON.parse(text)) notifier.status(line);
  if (what === 'abi') console.log(process.versions.modules, loadAddon('unix-socket') !== undefined, loadAddon('sd-notify') !== undefined);
`;
const TELL = '/usr/lib/php-zd/tell.mjs';

const bundle = async (): Promise<string> => {
  const stdin = { contents: PROGRAM, resolveDir: adapters, loader: 'ts' } as const;
  const { outputFiles } = await build({ stdin, bundle: true, platform: 'node', format: 'esm', write: false });
  return outputFiles[0]?.text ?? '';
};

/** The entries of one writer, when journald has them all. */
const entries = async (machine: Machine, identifier: string): Promise<readonly Record<string, unknown>[]> => {
  await machine.run('journalctl', '--sync');
  const text = await machine.run('journalctl', '--identifier', identifier, '--output=json', '--all', '--quiet');
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line));
};

for (const suite of SUITES) {
  describe(`journald and systemd of ${suite}`, () => {
    let machine: Machine;
    beforeAll(async () => {
      machine = await bootMachine(`bal-journal-${suite}-${process.pid}`, suite);
      await machine.write(TELL, await bundle());
    });
    afterAll(() => machine?.down());

    it('fields arrive as they were written', async () => {
      const journal = makeJournal({ socket: `${machine.root}/run/systemd/journal/socket` });
      const fields = {
        SYSLOG_IDENTIFIER: 'here',
        MESSAGE: 'Grüße, %s 100%',
        MESSAGE_ID: 'f77379a8490b408bbe5f6940505a777b',
        PRIORITY: '5',
        PHP_ZD_BLOCKERS: 'one\n\ntwo=2\n',
        PHP_ZD_EMPTY: '',
      };
      journal.write(fields);
      journal.write({ ...fields, MESSAGE: 'again' });
      expect(await entries(machine, 'here')).toMatchObject([fields, { ...fields, MESSAGE: 'again' }]);
    });

    it('an entry that is longer than a datagram usually may be arrives whole', async () => {
      const journal = makeJournal({ socket: `${machine.root}/run/systemd/journal/socket` });
      const MESSAGE = 'x'.repeat(300_000);
      journal.write({ SYSLOG_IDENTIFIER: 'long', MESSAGE });
      expect(await entries(machine, 'long')).toMatchObject([{ MESSAGE }]);
    });

    it.each(['addon', 'program'])('the bundled program writes by the %s, and the journal knows its unit', async way => {
      const fields = { SYSLOG_IDENTIFIER: `by-${way}`, MESSAGE: 'one\ntwo', PHP_ZD_SITE: 'shop', PRIORITY: '3' };
      const unit = `write-${way}`;
      const command = ['/usr/bin/node', TELL, 'journal', way, JSON.stringify(fields)];
      await machine.run('systemd-run', '--quiet', '--wait', `--unit=${unit}`, ...command);
      expect(await entries(machine, fields.SYSLOG_IDENTIFIER)).toMatchObject([fields]);
    });

    it('by a sync without a process what was logged before is there to be read', async () => {
      const find = () => machine.run('journalctl', '--identifier=synced', '--output=cat', '--lines=1', '--quiet');
      for (const turn of ['1', '2', '3', '4', '5']) {
        await machine.run('sh', '-c', `echo ${turn} | systemd-cat -t synced; exec node ${TELL} sync`);
        expect(await find()).toBe(`${turn}\n`);
      }
    });

    it.each(['datagram', 'sd-notify', 'program'])(
      'the last status is what systemd shows, told by the way of %s',
      async way => {
        const texts = ['first', 'Rolling shop: 100% of %s done\nMAINPID=1'];
        const properties = ['Type=oneshot', 'RemainAfterExit=yes', 'NotifyAccess=all'].map(
          each => `--property=${each}`,
        );
        const command = ['/usr/bin/node', TELL, 'notifier', way, JSON.stringify(texts)];
        await machine.run('systemd-run', '--quiet', `--unit=tell-${way}`, ...properties, ...command);
        const shown = await machine.run('systemctl', 'show', '--property=StatusText', '--value', `tell-${way}`);
        expect(shown).toBe('Rolling shop: 100% of %s done\n');
      },
    );

    it('an addon that was built for another Node.js is not loaded, the one for all of them is', async () => {
      const [abi, hasSocket, hasNotify] = (await machine.run('node', TELL, 'abi')).trim().split(' ');
      expect([hasSocket, hasNotify]).toEqual(['true', String(abi === process.versions.modules)]);
    });
  });
}

it('run from source the addons of the npm packages are loaded', () => {
  expect(Object.keys(Object(loadAddon('unix-socket')))).toContain('DgramSocketWrap');
  expect(Object.keys(Object(loadAddon('sd-notify')))).toContain('sendState');
});
