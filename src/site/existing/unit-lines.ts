/** A line of a unit of systemd's. */
export interface UnitLine {
  /** As it is written: `[Service]`. */
  readonly section: string;
  readonly setting: string;
  readonly value: string;
  readonly line: number;
}

/** The lines of a unit's file, as systemd.syntax(7) has them: one that ends with a backslash goes on behind comments. */
export const unitLines = (text: string): readonly UnitLine[] => {
  const found: UnitLine[] = [];
  let section = '';
  let begun: { readonly text: string; readonly line: number } | undefined;
  for (const [index, raw] of text.split('\n').entries()) {
    const part = raw.trim();
    if (/^[#;]/.test(part) || (part === '' && begun === undefined)) continue;
    const { text: before, line } = begun ?? { text: '', line: index + 1 };
    begun = part.endsWith('\\') ? { text: `${before}${part.slice(0, -1)} `, line } : undefined;
    if (begun !== undefined) continue;
    const whole = `${before}${part}`;
    if (whole.startsWith('[')) section = whole;
    const equals = whole.indexOf('=');
    if (whole.startsWith('[') || equals <= 0) continue;
    found.push({ section, setting: whole.slice(0, equals).trim(), value: whole.slice(equals + 1).trim(), line });
  }
  return found;
};
