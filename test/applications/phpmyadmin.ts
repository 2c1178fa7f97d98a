import { type Application, hasText, type Written } from './application.ts';
import { type Browser, form, found } from './browser.ts';

const TOKEN = /name="token" value="([^"]+)"/;

const write = async (browser: Browser, number: number): Promise<readonly Written[]> => {
  const token = found(await browser.get('/index.php?route=/database/sql&db=shop'), TOKEN);
  const query = `INSERT INTO words VALUES (${number}, 'written as number ${number}.')`;
  const fields = { db: 'shop', table: 'words', token, ajax_request: 'true', sql_query: query };
  found(await browser.post('/index.php?route=/import', form(fields)), /"(success)":true/);
  return [
    hasText(`/index.php?route=/sql&db=shop&table=words&pos=0&session_max_rows=all`, `written as number ${number}.`),
  ];
};

export const phpmyadmin: Application = {
  host: 'db.example.com',
  logIn: async browser => {
    const page = await browser.get('/');
    const fields = {
      ...{ pma_username: 'ann', pma_password: 'correct horse battery', server: '1', route: '/' },
      ...{ token: found(page, TOKEN), set_session: found(page, /name="set_session" value="([^"]+)"/) },
    };
    found(await browser.post('/index.php?route=/', form(fields)), /(route=\/logout|logged_in:\s*true)/);
  },
  page: '/index.php?route=/',
  loggedIn: /route=\/logout|logged_in:\s*true/,
  write,
};
