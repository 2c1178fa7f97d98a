import type { IniEntry, IniFile } from './ini-lines.ts';
import type { Findings, Position } from './problem.ts';
import { type Meant, type Recognized, recognizeKey, strayKey, unknownSection } from './recognize.ts';
import { isSectionName } from './schema.ts';

/** What the site file and defaults.ini say together, before any value is judged. Keys are found by their id. */
export interface Settings {
  /**
   * Where a message about a key that is not written belongs: the header of the key's section, else that of [site], else line 1.
   */
  readonly whereabouts: (section: string) => Position;
  /** The settings of a section, those of defaults.ini first. */
  readonly inSection: (section: string) => ReadonlyMap<string, Setting>;
  /** All lines of such a setting: more than one of a list, of which the site file's put out those of defaults.ini. */
  readonly linesOf: (setting: Setting) => readonly Setting[];
  /** Whether one of the files has the section. */
  readonly hasSection: (section: string) => boolean;
  /** Whether a problem that is reported already may be the reason why the section, or the key, is missing. */
  readonly isDoubtful: (section: string, key?: string) => boolean;
}

export interface Setting extends Recognized {
  /** The key as the file has it. */
  readonly written: string;
  readonly at: Position;
  /** Undefined when the value cannot be used; the problem is reported already. */
  readonly value: string | undefined;
}

/** The site file wins over defaults.ini key by key, and entry by entry in a map. */
export const collectSettings = (site: IniFile, defaults: IniFile | undefined, findings: Findings): Settings => {
  const collected: Collected = { headers: new Map(), settings: new Map(), lines: new Map(), doubts: new Set() };
  if (defaults !== undefined) collectFile(collected, { ini: defaults, isDefaults: true, findings });
  collectFile(collected, { ini: site, isDefaults: false, findings });
  const { headers, settings, lines, doubts } = collected;
  return {
    whereabouts: section => headers.get(section) ?? headers.get('site') ?? { file: site.file, line: 1 },
    inSection: section => settings.get(section) ?? none,
    linesOf: setting => lines.get(setting) ?? [setting],
    hasSection: section => headers.has(section),
    isDoubtful: (section, key) =>
      doubts.size > 0 && (doubts.has(section) || (key !== undefined && doubts.has(`${section}/${key}`))),
  };
};

const none: ReadonlyMap<string, Setting> = new Map();

/** What was read of the files so far. */
interface Collected {
  readonly headers: Map<string, Position>;
  readonly settings: Map<string, Map<string, Setting>>;
  /** The lines of a list, by the first of them. */
  readonly lines: Map<Setting, Setting[]>;
  /** `SECTION`, or `SECTION/KEY`. */
  readonly doubts: Set<string>;
}

interface Reading {
  readonly ini: IniFile;
  readonly isDefaults: boolean;
  readonly findings: Findings;
}

const collectFile = (collected: Collected, reading: Reading): void => {
  const { ini, findings } = reading;
  findings.problems.push(...ini.problems);
  collectHeaders(collected, reading);
  const seen = new Map<string, Setting>();
  for (const entry of ini.entries) {
    const setting = judgeEntry(collected, reading, entry);
    if (setting === undefined) continue;
    const { section } = setting.key;
    const path = `${section}/${setting.id}`;
    const first = seen.get(path);
    if (first !== undefined) {
      if (setting.isList) collected.lines.set(first, [...(collected.lines.get(first) ?? [first]), setting]);
      else findings.problems.push({ ...setting.at, message: givenTwice(setting, first) });
      continue;
    }
    seen.set(path, setting);
    const inSection = collected.settings.get(section) ?? new Map<string, Setting>();
    collected.settings.set(section, inSection.set(setting.id, setting));
  }
};

const givenTwice = ({ written, key }: Setting, first: Setting): string =>
  `'${written}' is given twice in [${key.section}]: the first is on line ${first.at.line}`;

const collectHeaders = ({ headers, doubts }: Collected, { ini, findings }: Reading): void => {
  // From the end, so that of several headers of one section the first stays.
  for (const { name, line, isBroken } of [...ini.headers].reverse()) {
    const at = { file: ini.file, line };
    if (isSectionName(name)) {
      headers.set(name, at);
      continue;
    }
    const { message, meant } = unknownSection(name);
    if (!isBroken) findings.problems.push({ ...at, message });
    if (meant !== undefined) doubts.add(meant);
  }
};

/**
 * The entry as a setting. Undefined when the entry is no setting: then the reason is reported, and the key that was most likely
 * meant is put in doubt.
 */
const judgeEntry = (collected: Collected, reading: Reading, entry: IniEntry): Setting | undefined => {
  const at = { file: reading.ini.file, line: entry.line };
  const drop = (message: string, meant: Meant | undefined): undefined => {
    // A line without '=' is reported already.
    if (!entry.isGarbage) reading.findings.problems.push({ ...at, message });
    if (meant !== undefined) collected.doubts.add(`${meant.section}/${meant.key}`);
  };
  if (entry.section === undefined) {
    const stray = strayKey(entry.key);
    return drop(stray.message, stray.meant);
  }
  // The keys of an unknown section are not judged: the name of the section is what is wrong.
  if (!isSectionName(entry.section)) return undefined;
  const recognized = recognizeKey(entry.section, entry.key);
  if ('message' in recognized) return drop(recognized.message, recognized.meant);
  const meant = { section: entry.section, key: recognized.key.name };
  if (entry.isGarbage) return drop('', meant);
  if (reading.isDefaults && recognized.key.isPerSite) {
    return drop(`'${entry.key}' is one site's alone: move it from here to the file of the site`, meant);
  }
  return { ...recognized, written: entry.key, at, value: entry.value };
};
