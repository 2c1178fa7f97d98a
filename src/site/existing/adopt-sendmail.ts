import { splitWords } from '../command-line.ts';
import { type Adopted, type Kept, leave } from './adopted.ts';
import type { PoolDirective } from './pool-file.ts';

/**
 * A sendmail_path that calls the host's sendmail, which no replica has the rights for (facts.md N79), as the lines of a site file by
 * which mail() comes to that all the same. Undefined for any other program.
 */
export const adoptSendmail = (directive: PoolDirective, path: string): readonly Adopted[] | undefined => {
  const [program = '', ...words] = splitWords(path) ?? [];
  if (!/^\/usr\/(?:sbin|lib)\/sendmail$/.test(program)) return undefined;
  const { sender, others } = readOptions(words);
  const { at, line } = directive;
  const handed: Kept = { kind: 'kept', at, line, section: 'sandbox', key: 'sendmail', value: 'yes', note: BY_PHP_ZD };
  const from: readonly Kept[] =
    sender === undefined
      ? []
      : [{ ...handed, section: 'pool', key: `php_admin_value[${EXTRA}]`, value: `-f${sender}`, note: SENDER }];
  const why = `php-zd calls sendmail with -t, -i and -f, and not with ${others.join(' ')}`;
  return [handed, ...from, ...(others.length === 0 ? [] : [leave('sandbox', directive, why)])];
};

/** The sender that the words of a sendmail_path give to all messages; undefined when they give none. */
export const senderIn = (path: string): string | undefined => readOptions((splitWords(path) ?? []).slice(1)).sender;

const EXTRA = 'mail.force_extra_parameters';
const BY_PHP_ZD =
  "in the place of sendmail_path: no replica has the rights of the host's sendmail, and php-zd hands it the messages";
const SENDER =
  'the sender of all messages; PHP passes it on in the place of what the application gives mail() as its fifth argument';

/** As units/sendmail.pl reads them: the last sender holds. Another sender than units/hand-mail.pl takes would lose each message. */
const readOptions = (words: readonly string[]) => {
  let sender: string | undefined;
  const others: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (/^-(?:[it]{1,2}|oi)$/.test(word)) continue;
    const written = word === '-f' ? `-f${words[++index] ?? ''}` : word;
    if (/^-f[\w.+=~][\w.+=~@-]{0,253}$/.test(written)) sender = written.slice(2);
    else others.push(written);
  }
  return { sender, others };
};
