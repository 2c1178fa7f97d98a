import { type Application, hasBytes, hasText } from './application.ts';
import { type Browser, form, found, json, picture } from './browser.ts';

const USER = { name: 'ann', password: 'correct horse battery' };
const PLUGIN = 'akismet/akismet.php';

/** As the installation asks it of whoever comes first. */
export const install = async (browser: Browser): Promise<void> => {
  const fields = {
    ...{ weblog_title: 'Blog', user_name: USER.name, admin_email: 'ann@example.com', language: '' },
    ...{ admin_password: USER.password, admin_password2: USER.password, pw_weak: 'on', blog_public: '0' },
  };
  found(await browser.post('/wp-admin/install.php?step=2', form(fields)), /(Success!)/);
};

/** A comment at the end of a plugin's file, written in the editor of wp-admin, which then asks the site whether it still answers. */
export const editPlugin = async (browser: Browser, comment: string): Promise<void> => {
  const editor = await browser.get(`/wp-admin/plugin-editor.php?plugin=${PLUGIN}&file=${PLUGIN}`);
  const nonce = found(editor, /name="nonce" value="([^"]+)"/);
  const text = found(editor, /<textarea[^>]*id="newcontent"[^>]*>((?:.|\n)*?)<\/textarea>/)
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#039;', "'");
  const fields = { action: 'edit-theme-plugin-file', nonce, plugin: PLUGIN, file: PLUGIN };
  found(
    await browser.post('/wp-admin/admin-ajax.php', form({ ...fields, newcontent: `${text}\n// ${comment}\n` })),
    /("success":true)/,
  );
};

const write = async (browser: Browser, number: number) => {
  const nonce = (await browser.get('/wp-admin/admin-ajax.php?action=rest-nonce')).body;
  const headers = { 'x-wp-nonce': nonce };
  const bytes = picture(`picture ${number}`);
  const media = await browser.post('/index.php?rest_route=/wp/v2/media', {
    ...{ body: bytes, type: 'image/png' },
    headers: { ...headers, 'content-disposition': `attachment; filename="picture-${number}.png"` },
  });
  const path = new URL(JSON.parse(`"${found(media, /"source_url":"([^"]+)"/)}"`)).pathname;
  const text = `What was written as number ${number}.`;
  const post = { title: `Number ${number}`, content: text, status: 'publish' };
  const id = found(await browser.post('/index.php?rest_route=/wp/v2/posts', json(post, headers)), /"id":(\d+)/);
  return [hasBytes(path, bytes), hasText(`/?p=${id}`, text)];
};

export const wordpress: Application = {
  host: 'blog.example.com',
  logIn: async browser => {
    await browser.get('/wp-login.php');
    const fields = { log: USER.name, pwd: USER.password, testcookie: '1', redirect_to: '/wp-admin/profile.php' };
    found(await browser.post('/wp-login.php', form(fields)), /(Howdy)/);
  },
  page: '/',
  loggedIn: /Howdy/,
  write,
};
