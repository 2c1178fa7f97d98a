import { type Application, hasBytes } from '../application.ts';
import { form, found, picture } from '../browser.ts';

/** An application of the tests' own, that does with its files what a framework does. */
export const small = (host: string): Application => ({
  host,
  logIn: async browser => {
    found(await browser.post('/login', form({ user: 'ann' })), /(Logged in as ann)/);
  },
  page: '/',
  loggedIn: /Logged in as ann/,
  write: async (browser, number) => {
    const bytes = picture(`picture ${number}`);
    const uploaded = await browser.post(`/upload?name=${number}.png`, { body: bytes, type: 'image/png' });
    return [hasBytes(found(uploaded, /^uploaded (\S+)/), bytes)];
  },
});
