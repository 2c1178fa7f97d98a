import { nearest } from '../base/nearest.ts';
import { absolutePathProblem, normalizePath, relativePathProblem } from './paths.ts';
import { fateOf, poolDirectives, takesEveryLine, whyOwned } from './pool-directives.ts';
import { isSectionName, type SectionName, schema, schemaSections } from './schema.ts';
import type { Key, Section } from './schema-key.ts';

/** A key of the file that the schema knows. */
export interface Recognized {
  readonly key: Key<unknown>;
  /** Of a map's entry what stands in the brackets, of a `rest` the whole key as it is written; of any other the key's name. */
  readonly name: string;
  /** Two keys with one id in one section are the same key. */
  readonly id: string;
  /** Whether the key may stand on several lines, all of which count. */
  readonly isList?: boolean;
}

export interface Unrecognized {
  readonly message: string;
  /** The key that was most likely meant: that this key is missing needs no message of its own then. */
  readonly meant: Meant | undefined;
}

export interface Meant {
  readonly section: SectionName;
  readonly key: string;
}

export const recognizeKey = (sectionName: SectionName, written: string): Recognized | Unrecognized => {
  const section: Section = schema[sectionName];
  const key = section.keys[written];
  if (Object.hasOwn(section.keys, written) && key?.kind === 'single') return { key, name: written, id: written };
  return recognizeInMap(section, written) ?? recognizeInRest(sectionName, written) ?? unknownKey(sectionName, written);
};

/** What to say of a section with an unknown name, and the section that was most likely meant. */
export const unknownSection = (name: string): { readonly message: string; readonly meant: SectionName | undefined } => {
  const names = schemaSections.map(section => section.name);
  const guess = nearest(name, names);
  const meant = guess !== undefined && isSectionName(guess) ? guess : undefined;
  const hint = meant === undefined ? `the sections are ${names.map(bracket).join(' ')}` : `did you mean [${meant}]?`;
  return { message: `unknown section [${name}]; ${hint}`, meant };
};

export const strayKey = (written: string): Unrecognized => {
  const meant = findElsewhere(written);
  const where = meant === undefined ? 'the section it belongs to' : `[${meant.section}]`;
  return { message: `'${written}' stands before the first section: write ${where} on a line above it`, meant };
};

const recognizeInMap = (section: Section, written: string): Recognized | Unrecognized | undefined => {
  const [, base = '', name = ''] = bracketed.exec(written) ?? [];
  const key = Object.values(section.keys).find(({ kind, name: known }) => kind === 'map' && known === base);
  if (key === undefined) return undefined;
  const isName = { header: headerName, param: paramName }[key.name] ?? iniName;
  if (!isName.test(name)) {
    return { message: `'${written}' must have a name between its brackets, not '${name}'`, meant: undefined };
  }
  // Names of HTTP headers do not differ by case (RFC 9110, 5.1).
  const id = `${base}[${key.name === 'header' ? name.toLowerCase() : name}]`;
  return { key, name, id, isList: base === 'ini' && takesEveryLine(name, 'ini') };
};

const recognizeInRest = (section: SectionName, written: string): Recognized | Unrecognized | undefined => {
  if (section === 'env') return recognizeVariable(written);
  if (section === 'shared') return recognizeSharedPath(written);
  if (section === 'writable') return recognizeWritablePath(written);
  return section === 'pool' ? recognizeDirective(written) : undefined;
};

const recognizeVariable = (written: string): Recognized | Unrecognized => {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(written)) return { key: schema.env.keys.NAME, name: written, id: written };
  const message = `'${written}' is no name for a variable: use letters, digits and _, and no digit first`;
  return { message, meant: undefined };
};

const recognizeSharedPath = (written: string): Recognized | Unrecognized => {
  const problem = relativePathProblem(written);
  if (problem !== undefined) return { message: `'${written}' in [shared] ${problem}`, meant: undefined };
  const name = normalizePath(written);
  return { key: schema.shared.keys['PATH-IN-RELEASE'], name, id: name };
};

const recognizeWritablePath = (written: string): Recognized | Unrecognized => {
  const problem = (written.startsWith('/') ? absolutePathProblem : relativePathProblem)(written);
  if (problem !== undefined) return { message: `'${written}' in [writable] ${problem}`, meant: undefined };
  const name = normalizePath(written);
  return { key: schema.writable.keys.PATH, name, id: name };
};

const recognizeDirective = (written: string): Recognized | Unrecognized | undefined => {
  const [, base = written, name] = bracketed.exec(written) ?? [];
  const reason = whyOwned(base);
  if (reason !== undefined) return { message: reason, meant: undefined };
  const directive = { key: schema.pool.keys.DIRECTIVE, name: written, id: written };
  const kind = fateOf(base)?.kind;
  if (kind === 'list' && name === '') return { ...directive, isList: true };
  if (kind === 'map') {
    if (name !== undefined && iniName.test(name)) return { ...directive, isList: takesEveryLine(name, 'pool') };
    return { message: `'${written}' needs the name of a setting: write ${base}[NAME] = VALUE`, meant: undefined };
  }
  return name === undefined && (kind === 'pool' || kind === 'unit') ? directive : undefined;
};

const unknownKey = (section: SectionName, written: string): Unrecognized => {
  const begin = `unknown key '${written}' in [${section}]`;
  if ((section === 'listen' || section === 'web') && /tls|ssl|https|cert/i.test(written)) {
    return { message: `${begin}; TLS ends at a web server in front of http: see edge`, meant: undefined };
  }
  const twin = findTwin(section, written);
  if (twin !== undefined) return { message: `${begin}; did you mean '${twin}'?`, meant: { section, key: twin } };
  const elsewhere = findElsewhere(written);
  if (elsewhere !== undefined) return { message: `${begin}; it belongs in [${elsewhere.section}]`, meant: elsewhere };
  const [, base = written, name] = bracketed.exec(written) ?? [];
  // As php.ini has it, or with a dot as other files have it.
  const [, setting = ''] = section === 'php' ? (/^(?:ini\.)?([a-z][\w.]{2,99})$/.exec(written) ?? []) : [];
  if (/[._]/.test(setting)) return { message: `${begin}; did you mean 'ini[${setting}]'?`, meant: undefined };
  const known = writtenKeys(section);
  const guess = nearest(
    base,
    known.map(key => key.replace(/\[.*/, '')),
  );
  if (guess === undefined) return { message: `${begin}; ${listKeys(section)}`, meant: undefined };
  const shown = known.includes(`${guess}[NAME]`) ? `${guess}[${name || 'NAME'}]` : withList(guess, known);
  return { message: `${begin}; did you mean '${shown}'?`, meant: { section, key: guess } };
};

const withList = (guess: string, known: readonly string[]): string =>
  known.includes(`${guess}[]`) ? `${guess}[]` : guess;

/** Every key of the section as it is written, that of a map with NAME between the brackets. */
const writtenKeys = (section: SectionName): readonly string[] =>
  section === 'pool'
    ? poolDirectives
    : Object.values<Key<unknown>>(schema[section].keys).map(({ kind, name }) =>
        kind === 'map' ? `${name}[NAME]` : name,
      );

const listKeys = (section: SectionName): string =>
  section === 'pool' ? 'php-fpm has no such directive for a pool' : `its keys are ${writtenKeys(section).join(', ')}`;

/**
 * The section's own key that differs only in singular and plural, such as `paths` of [warmup] for `path`. It is meant sooner
 * than the same word in another section, such as `path` of [health].
 */
const findTwin = (section: SectionName, written: string): string | undefined =>
  Object.values<Key<unknown>>(schema[section].keys)
    .filter(({ kind }) => kind === 'single')
    .map(({ name }) => name)
    .find(name => name === `${written}s` || written === `${name}s`);

/** A key that exactly one section has, by its exact name. */
const findElsewhere = (written: string): Meant | undefined => {
  const homes = schemaSections.flatMap(({ name, keys }) => {
    const isThere = Object.hasOwn(keys, written) && keys[written]?.kind === 'single';
    return isThere && isSectionName(name) ? [{ section: name, key: written }] : [];
  });
  return homes.length === 1 ? homes[0] : undefined;
};

const bracket = (name: string): string => `[${name}]`;
const bracketed = /^([^[\]]+)\[([^[\]]*)\]$/;
const iniName = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const paramName = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** A token of RFC 9110, 5.6.2. */
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
