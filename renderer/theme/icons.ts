import arrowClockwise from '@fluentui/svg-icons/icons/arrow_clockwise_16_regular.svg?raw';
import arrowLeft from '@fluentui/svg-icons/icons/arrow_left_16_regular.svg?raw';
import arrowUp from '@fluentui/svg-icons/icons/arrow_up_16_regular.svg?raw';
import caretDown from '@fluentui/svg-icons/icons/caret_down_12_filled.svg?raw';
import caretRight from '@fluentui/svg-icons/icons/caret_right_12_filled.svg?raw';
import caretUp from '@fluentui/svg-icons/icons/caret_up_12_filled.svg?raw';
import checkmark from '@fluentui/svg-icons/icons/checkmark_16_regular.svg?raw';
import chevronDown from '@fluentui/svg-icons/icons/chevron_down_12_regular.svg?raw';
import chevronUp from '@fluentui/svg-icons/icons/chevron_up_12_regular.svg?raw';

/** A drawing taken apart: what the `svg` element needs to show it at any size. */
export interface Drawing {
  readonly viewBox: string;
  readonly body: string;
}

const own: Record<string, string> = import.meta.glob('./icons/*.svg', {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** One-colour Fluent icons: they take the colour of the text around them. */
const fluent: Record<string, string> = {
  'arrow-clockwise': arrowClockwise,
  'arrow-left': arrowLeft,
  'arrow-up': arrowUp,
  'caret-down': caretDown,
  'caret-right': caretRight,
  'caret-up': caretUp,
  checkmark,
  'chevron-down': chevronDown,
  'chevron-up': chevronUp,
};

const drawings = new Map<string, Drawing>();
for (const [path, text] of Object.entries(own)) drawings.set(path.replace(/^.*\/|\.svg$/g, ''), takeApart(text));
for (const [name, text] of Object.entries(fluent)) drawings.set(name, takeApart(text));

function takeApart(text: string): Drawing {
  const [, viewBox = '0 0 16 16'] = /viewBox="([^"]*)"/.exec(text) ?? [];
  return { viewBox, body: text.replace(/^[^>]*>/, '').replace(/<\/svg>\s*$/, '') };
}

/** Names of all drawings: the files of `icons/` and the Fluent ones above. */
export const ICON_NAMES: readonly string[] = [...drawings.keys()];

/** The drawing of that name; an unknown name is a mistake of ours. */
export function drawing(name: string): Drawing {
  const found = drawings.get(name);
  if (!found) throw new Error(`no icon named ${name}`);
  return found;
}
