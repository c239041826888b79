import { Attribute, COLUMNS, ROWS, type TextConsole } from './text-console';

/** How far something is, for a panel. */
export interface PanelView {
  readonly title: string;
  readonly lines: readonly string[];
  /** 0-100; null: no bar. */
  readonly percent: number | null;
  /** Grey line at the bottom. */
  readonly status: string;
}

const BAR_WIDTH = 48;
const FULL = '\xdb'; // code page 437: full block

function bar(percent: number): string {
  const filled = Math.round((percent / 100) * BAR_WIDTH);
  return FULL.repeat(filled).padEnd(BAR_WIDTH);
}

/** The blue screen of text-mode setup: title with a double line, text, a bar in a frame, a status line. */
export function drawBlueSetup(console: TextConsole, view: PanelView): void {
  const rows = [
    ` ${view.title}`,
    '\xcd'.repeat(view.title.length + 2),
    '',
    ...view.lines.map((line) => `     ${line}`),
  ];
  if (view.percent !== null) {
    const margin = ' '.repeat(13);
    rows.push(
      '',
      '',
      `${margin}Setup is copying files...`,
      `${margin}${`${view.percent}%`.padStart(BAR_WIDTH / 2 + 2)}`,
    );
    rows.push(`${margin}\xda${'\xc4'.repeat(BAR_WIDTH)}\xbf`);
    rows.push(`${margin}\xb3${bar(view.percent)}\xb3`);
    rows.push(`${margin}\xc0${'\xc4'.repeat(BAR_WIDTH)}\xd9`);
  }
  for (let row = 0; row < ROWS - 1; row++) console.putRow(row, rows[row] ?? '', Attribute.setup);
  console.putRow(ROWS - 1, view.status.padStart(COLUMNS - 1), Attribute.bar);
}

/** The installer of a Linux distribution: a grey box with a shadow on blue. */
export function drawInstaller(console: TextConsole, view: PanelView): void {
  for (let row = 0; row < ROWS; row++) console.putRow(row, '', Attribute.setup);
  const width = 64;
  const left = (COLUMNS - width) / 2;
  const body = ['', ...view.lines, '', view.percent === null ? '' : `${bar(view.percent)} ${view.percent}%`, ''];
  const heading = ` ${view.title} `;
  const top = `\xda\xc4\xc4${heading}${'\xc4'.repeat(width - heading.length - 4)}\xbf`;
  console.put(8, left, top, Attribute.bar);
  body.forEach((line, i) =>
    console.put(9 + i, left, `\xb3 ${line.slice(0, width - 4).padEnd(width - 4)} \xb3`, Attribute.bar),
  );
  console.put(9 + body.length, left, `\xc0${'\xc4'.repeat(width - 2)}\xd9`, Attribute.bar);
  console.put(ROWS - 1, 1, view.status, Attribute.setup);
}
