import { OF_LIFE } from '../site/service-life.ts';

/**
 * What a drop-in of the replicas' unit says of each process in their view: the settings of [Service] but those of a service's life.
 * Empty where the drop-in says nothing of that. Everything else stands as it was written (systemd.syntax(7)), for systemd to read.
 */
export const settingsForCommand = (dropIn: string): string => {
  let isService = false;
  const kept = logicalLines(dropIn).filter(line => {
    const bare = line.trim();
    const isHeader = bare.startsWith('[') && bare.endsWith(']');
    if (isHeader) isService = bare === '[Service]';
    return !isHeader && isService && isForCommand(line);
  });
  return kept.length === 0 ? '' : `[Service]\n${kept.join('\n')}\n`;
};

const isForCommand = (line: string): boolean => {
  const at = line.indexOf('=');
  const name = line.slice(0, at).trim();
  if (at < 0 || OF_LIFE.has(name)) return false;
  // What [env] says comes to a command by an environment file, and to a replica by php-fpm.conf, which this line leaves as it is.
  return name !== 'EnvironmentFile' || line.slice(at + 1).trim() !== '';
};

/** Lines as systemd reads them: a backslash at the end continues one, and remarks in between are none of it. */
const logicalLines = (text: string): readonly string[] => {
  const lines: string[] = [];
  let begun: string | undefined;
  for (const line of text.replace(/^\uFEFF/, '').split('\n')) {
    if (/^[#;]/.test(line.trimStart())) continue;
    const whole: string = begun === undefined ? line : `${begun}\n${line}`;
    begun = isContinued(line) ? whole : undefined;
    if (begun === undefined) lines.push(whole);
  }
  return begun === undefined ? lines : [...lines, begun];
};

const isContinued = (line: string): boolean => {
  const plain = line.replace(/\r$/, '');
  let backslashes = 0;
  while (plain.at(-1 - backslashes) === '\\') backslashes += 1;
  return backslashes % 2 === 1;
};
