import { describe, expect, test } from 'vitest';
import { toldByDoctor } from '../../src/report/doctor/status-findings.ts';
import type { FindingKind } from '../../src/report/status/finding.ts';
import type { Command } from '../../src/report/words/said.ts';
import { awaitAnswer } from '../lab/machine.ts';
import { isLook } from '../scene/next-steps.ts';
import { GOOD_INI, provocations } from '../scene/provoke.ts';
import { errorProvocations } from '../scene/provoke-errors.ts';
import { onEachSuite, type Scene } from '../scene/scene.ts';

interface Found {
  readonly kind: FindingKind;
  readonly commands: readonly Command[];
}

// What status and errors print is typed as it is printed: afterwards the site serves, and nothing is left of what was found.
onEachSuite('next-steps', { ini: GOOD_INI }, scene => {
  describe('what status finds is gone, and the site serves, after its commands', () => {
    test.each(Object.entries(provocations))('%s', async (kind, { begin, end }) => {
      await begin(scene());
      const found = await awaitAnswer(kind, async () => (await findings(scene())).find(each => each.kind === kind));
      await expectTold(scene(), found.kind);
      expect(found.commands.some(command => !isLook(command)) || end !== undefined).toBe(true);
      const typing = typeAll(scene(), found.commands);
      await end?.(scene());
      await typing;
      await expectWell(scene());
    });
  });

  describe('what an error says to type is typed, and then the verb goes through', () => {
    test.each(Object.entries(errorProvocations))('%s', async (_, { begin, verb, says, way, end, fill = {}, after }) => {
      const { machine } = scene();
      await begin(scene());
      const refused = await machine.ask('bash', '-c', verb);
      expect(refused.status).not.toBe(0);
      expect(refused.stderr).toMatch(says);
      await end?.(scene());
      const commands = printed(refused.stderr)
        .filter(command => way?.test(command.join(' ')) ?? true)
        .map(([first, ...rest]): Command => [first, ...rest.map(word => fill[word] ?? word)]);
      expect(commands.length).toBeGreaterThan(0);
      await typeAll(scene(), commands);
      const again = await machine.ask('bash', '-c', verb);
      expect(again.status, again.stderr).toBe(0);
      await after?.(scene());
      await expectWell(scene());
    });
  });
});

const findings = async ({ machine }: Scene): Promise<readonly Found[]> =>
  JSON.parse((await machine.ask('php-zd', 'status', 'shop', '--json')).stdout)[0].findings;

/** What status finds doctor finds, by itself or by a check that says more of it. */
const expectTold = async ({ machine }: Scene, kind: FindingKind): Promise<void> => {
  const told = toldByDoctor[kind];
  if (told === undefined) return;
  const { findings } = JSON.parse((await machine.ask('php-zd', 'doctor', 'shop', '--json')).stdout);
  const checks = findings.map(({ check, facts }: { check: string; facts: { kind?: string } }) =>
    check === 'status' ? facts.kind : check,
  );
  expect(
    [kind, ...told.slice(1)].some(each => checks.includes(each)),
    `doctor on ${kind}: ${checks}`,
  ).toBe(true);
};

/** The one word that a person has to fill in stands for a release. */
const PLACE = 'DIR';

const typeAll = async ({ machine, site }: Scene, commands: readonly Command[]): Promise<void> => {
  for (const command of commands) {
    const [program, ...words] = command;
    const args = words.map(word => (word === PLACE ? site.directory('1') : word));
    // What only looks may end with what it saw, such as that a unit failed.
    if (isLook(command)) await machine.ask(program, ...args);
    else await machine.run(program, ...args);
  }
};

/** The commands in what was printed, in quotation marks. */
const printed = (text: string): readonly Command[] =>
  [...text.matchAll(/"((?:php-zd|systemctl|journalctl|df|findmnt|chown|runuser|mount) [^"\n]*)"/g)].map(
    ([, quoted = '']) => {
      const [program = '', ...words] = quoted.split(' ');
      return [program, ...words];
    },
  );

const expectWell = async (scene: Scene): Promise<void> => {
  const { machine, site } = scene;
  await awaitAnswer('a site that serves, of which nothing is found', async () => {
    const { serving, wanted } = await site.status();
    return serving === wanted && (await findings(scene)).length === 0 ? true : undefined;
  });
  expect(await machine.run('curl', '--silent', '--fail', site.url)).toContain('release=');
};
