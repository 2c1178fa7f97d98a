import { groupNameProblem, userNameProblem } from './account-name.ts';
import { type Given, read, readRequired, refuse, refuseNew, type Source } from './read.ts';
import { schema } from './schema.ts';

export interface Owner {
  readonly user: Given<string> | 'broken';
  readonly group: Given<string> | 'broken';
}

/** The user and the group that PHP runs as. */
export const readOwner = (source: Source): Owner => {
  const user = readUser(source);
  return { user, group: readGroup(source, user) };
};

const readUser = (source: Source): Given<string> | 'broken' => {
  const given = readRequired(source, schema.site.keys.user, 'write user = NAME, the user that PHP runs as');
  if (given === 'broken') return given;
  const user = source.host.user(given.value);
  if (user === undefined) {
    const foreign = /[^ -~]/u.exec(given.value)?.[0];
    if (foreign !== undefined) return refuse(source, given.at, `'user' ${lookAlike(source, given.value, foreign)}`);
    const problem = `'user' is '${given.value}', and this host has no such user`;
    const name = userNameFrom(given.value);
    const way = name === given.value ? `create it with: ${adduser(name)}` : createUser(name);
    return refuse(source, given.at, `${problem}: write one that it has, or ${way}`);
  }
  const unsayable = userNameProblem(given.value);
  if (unsayable !== undefined) return refuse(source, given.at, `'user' ${unsayable}`);
  if (user.uid !== 0) return given;
  return refuse(
    source,
    given.at,
    `'user' must not be ${given.value}: whoever breaks the site would own the host; ${createUser(userNameFrom(source.name))}`,
  );
};

/** A letter of another script, or one that nobody sees, in a name that looks like one of the host's. */
const lookAlike = ({ host }: Source, name: string, character: string): string => {
  const code = character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
  const plain = name.replace(/[^ -~]/gu, '');
  const meant = host.user(plain) === undefined ? 'type the name anew' : `write user = ${plain}`;
  return `is '${name}', which this host has no user of, and has the character U+${code}, which may look like another or like nothing: ${meant}`;
};

const readGroup = (source: Source, user: Given<string> | 'broken'): Given<string> | 'broken' => {
  const given = read(source, schema.site.keys.group);
  if (given === 'broken') return given;
  if (given !== 'absent') return ofNoHost(source, checkGroup(source, given, `'group'`), `'group'`);
  if (user === 'broken') return user;
  const group = source.host.user(user.value)?.group;
  const key = "the group of 'user'";
  return group === undefined ? 'broken' : ofNoHost(source, sayable(source, { value: group, at: user.at }, key), key);
};

/** Groups of Debian's by which a process has the host, its passwords or its disks. */
const RULING: readonly string[] = ['root', 'shadow', 'disk', 'kmem', 'docker', 'lxd'];

const ofNoHost = (source: Source, given: Given<string> | 'broken', key: string): Given<string> | 'broken' => {
  if (given !== 'broken' && RULING.includes(given.value)) {
    const instead = "write group = NAME, one of the site's own";
    refuseNew(
      source,
      given.at,
      `${key} must not be ${given.value}: whoever breaks the site would own the host; ${instead}`,
    );
  }
  return given;
};

export const checkGroup = (source: Source, given: Given<string>, key: string): Given<string> | 'broken' =>
  source.host.group(given.value) === undefined
    ? refuse(source, given.at, `${key} is '${given.value}', and this host has no such group: write one that it has`)
    : sayable(source, given, key);

/** A name that what is rendered can have, or a problem. */
export const sayable = (source: Source, given: Given<string>, key: string): Given<string> | 'broken' => {
  const unsayable = groupNameProblem(given.value);
  return unsayable === undefined ? given : refuse(source, given.at, `${key} ${unsayable}`);
};

const createUser = (name: string): string => `write user = ${name}, created with: ${adduser(name)}`;

const adduser = (name: string): string => `adduser --system --group ${name}`;

/** A name that adduser(8) takes as it is configured in Debian, and useradd(8), made of another one. */
const userNameFrom = (name: string): string => {
  const plain = name.toLowerCase().replace(/[^a-z0-9_-]/gu, '-');
  return /[a-z][a-z0-9_-]{0,31}/u.exec(plain)?.[0] ?? 'NAME';
};
