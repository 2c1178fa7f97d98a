import { type Application, hasBytes, hasText, type Written } from './application.ts';
import { type Browser, form, formWithFile, found, picture } from './browser.ts';

const token = async (browser: Browser, type: 'login' | 'csrf'): Promise<string> => {
  const page = await browser.get(`/api.php?action=query&meta=tokens&type=${type}&format=json`);
  return JSON.parse(`"${found(page, new RegExp(`"${type}token":"([^"]+)"`))}"`);
};

const write = async (browser: Browser, number: number): Promise<readonly Written[]> => {
  const csrf = await token(browser, 'csrf');
  const title = `Number ${number}`;
  const text = `What was written as number ${number}.`;
  const edit = { action: 'edit', format: 'json', title, text, token: csrf };
  found(await browser.post('/api.php', form(edit)), /"result":"(Success)"/);
  const name = `Picture${number}.png`;
  const bytes = picture(`picture ${number}`);
  const fields = { action: 'upload', format: 'json', filename: name, ignorewarnings: '1', token: csrf };
  const uploaded = await browser.post('/api.php', formWithFile(fields, { field: 'file', name, bytes }));
  found(uploaded, /"result":"(Success)"/);
  const path = new URL(JSON.parse(`"${found(uploaded, /"url":"([^"]+)"/)}"`)).pathname;
  return [hasText(`/index.php/Number_${number}`, text), hasBytes(path, bytes)];
};

export const mediawiki: Application = {
  host: 'wiki.example.com',
  logIn: async browser => {
    const lgtoken = await token(browser, 'login');
    const fields = { action: 'login', format: 'json', lgname: 'Ann', lgpassword: 'correct horse battery', lgtoken };
    found(await browser.post('/api.php', form(fields)), /"result":"(Success)"/);
  },
  page: '/index.php/Main_Page',
  loggedIn: /"wgUserName":"Ann"/,
  write,
};
