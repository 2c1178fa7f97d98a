/** A program and its arguments, as they are typed. */
export type Command = readonly [string, ...string[]];

/** A text, and the commands in it that somebody is to type, in their order. */
export interface Said {
  readonly text: string;
  readonly commands: readonly Command[];
}

export const phpZd = (...words: readonly string[]): Command => ['php-zd', ...words];
export const systemctl = (...words: readonly string[]): Command => ['systemctl', ...words];
/** The newest of what a unit said. */
export const journalOf = (unit: string): Command => ['journalctl', '-eu', unit];

/** As a shell reads it. */
export const typed = (command: Command): string =>
  command.map(word => (/^[\w@%+=:,./-]{1,4096}$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');

/** A template's text, in which commands are data: what is advised can be followed, by a test too, word for word. */
export const say = (parts: TemplateStringsArray, ...values: readonly (string | number | Command | Said)[]): Said => {
  const said = values.map(asSaid);
  return {
    text: parts.map((part, index) => part + (said[index]?.text ?? '')).join(''),
    commands: said.flatMap(({ commands }) => commands),
  };
};

const asSaid = (value: string | number | Command | Said): Said => {
  if (isCommand(value)) return { text: typed(value), commands: [value] };
  return typeof value === 'object' ? value : { text: String(value), commands: [] };
};

const isCommand = (value: string | number | Command | Said): value is Command => Array.isArray(value);

export const textOf = (words: string | Said): string => (typeof words === 'string' ? words : words.text);
export const commandsIn = (words: string | Said | undefined): readonly Command[] =>
  typeof words === 'object' ? words.commands : [];
