/** One command of a menu, a tool bar or the Actions pane. */
export interface MenuItem {
  readonly id: string;
  /** With `&` before its access key. */
  readonly label: string;
  readonly icon?: string;
  /** Keys that do the same, as shown at the right: `Ctrl+S`. */
  readonly shortcut?: string;
  readonly disabled?: boolean;
  /** Present on items that are switched on and off. */
  readonly checked?: boolean;
  /** A line is drawn above this item. */
  readonly separator?: boolean;
  readonly children?: readonly MenuItem[];
  readonly run?: () => void;
}

/** One menu of a menu bar. */
export interface MenuBarEntry {
  readonly id: string;
  readonly label: string;
  readonly items: readonly MenuItem[];
}

/** Where a popup opens: its top left corner, or its top right one when `alignRight`. */
export interface MenuPoint {
  readonly x: number;
  readonly y: number;
  readonly alignRight?: boolean;
}
