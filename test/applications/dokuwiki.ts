import { type Application, hasBytes, hasText, type Written } from './application.ts';
import { type Browser, form, formWithFile, found, picture } from './browser.ts';

const TOKEN = /name="sectok" value="([^"]*)"/;

const write = async (browser: Browser, number: number): Promise<readonly Written[]> => {
  const id = `number${number}`;
  const editor = await browser.get(`/doku.php?id=${id}&do=edit`);
  const sectok = found(editor, TOKEN);
  const text = `What was written as number ${number}.`;
  await browser.post('/doku.php', form({ id, sectok, wikitext: text, prefix: '', suffix: '', 'do[save]': '1' }));
  const bytes = picture(`picture ${number}`);
  const name = `picture${number}.png`;
  const upload = formWithFile(
    { call: 'mediaupload', sectok, ns: '', mediaid: name, qqfile: name },
    { field: 'qqfile', name, bytes },
  );
  found(await browser.post('/lib/exe/ajax.php', upload), /("success":true)/);
  return [hasText(`/doku.php?id=${id}`, text), hasBytes(`/lib/exe/fetch.php?media=${name}`, bytes)];
};

export const dokuwiki: Application = {
  host: 'notes.example.com',
  logIn: async browser => {
    const sectok = found(await browser.get('/doku.php?id=start&do=login'), TOKEN);
    const fields = { id: 'start', do: 'login', sectok, u: 'ann', p: 'correct horse battery', r: '1' };
    found(await browser.post('/doku.php', form(fields)), /(Logged in as)/);
  },
  page: '/doku.php?id=start',
  loggedIn: /Logged in as/,
  write,
};
