/**
 * The text form in which the model operating systems keep their settings: `key=value` lines under `[section]` headings, as
 * INF and INI files have. Keys are unique in their section; order is kept.
 */
export type Section = Record<string, string>;
export type Sections = Record<string, Section>;

/** Reads a text; lines that are neither heading nor pair are skipped. */
export function parseSections(text: string): Sections {
  const sections: Sections = {};
  let current: Section = {};
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    const heading = /^\[(.+)\]$/.exec(line)?.[1];
    if (heading !== undefined) current = sections[heading] ??= {};
    const equals = line.indexOf('=');
    if (heading === undefined && equals > 0) current[line.slice(0, equals).trim()] = line.slice(equals + 1).trim();
  }
  return sections;
}

export function formatSections(sections: Sections): string {
  return Object.entries(sections)
    .map(([name, pairs]) =>
      [`[${name}]`, ...Object.entries(pairs).map(([key, value]) => `${key}=${value}`), ''].join('\r\n'),
    )
    .join('\r\n');
}
