/** A key of an IBM keyboard: set 1 make code, and whether the prefix E0 stands before it. */
export interface ScanCode {
  readonly code: number;
  readonly extended: boolean;
}

/** Keys in the order of their make codes, from 0x01; an empty name has no key on a US keyboard. */
const PLAIN =
  'Escape Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal Backspace Tab ' +
  'KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP BracketLeft BracketRight Enter ControlLeft ' +
  'KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon Quote Backquote ShiftLeft Backslash ' +
  'KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash ShiftRight NumpadMultiply AltLeft Space CapsLock ' +
  'F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 NumLock ScrollLock Numpad7 Numpad8 Numpad9 NumpadSubtract ' +
  'Numpad4 Numpad5 Numpad6 NumpadAdd Numpad1 Numpad2 Numpad3 Numpad0 NumpadDecimal';

/** Keys outside that row: the 102nd key, F11 and F12, and those with the prefix. */
const OTHERS: Readonly<Record<string, ScanCode>> = {
  IntlBackslash: { code: 0x56, extended: false },
  F11: { code: 0x57, extended: false },
  F12: { code: 0x58, extended: false },
  NumpadEnter: { code: 0x1c, extended: true },
  ControlRight: { code: 0x1d, extended: true },
  NumpadDivide: { code: 0x35, extended: true },
  PrintScreen: { code: 0x37, extended: true },
  AltRight: { code: 0x38, extended: true },
  Home: { code: 0x47, extended: true },
  ArrowUp: { code: 0x48, extended: true },
  PageUp: { code: 0x49, extended: true },
  ArrowLeft: { code: 0x4b, extended: true },
  ArrowRight: { code: 0x4d, extended: true },
  End: { code: 0x4f, extended: true },
  ArrowDown: { code: 0x50, extended: true },
  PageDown: { code: 0x51, extended: true },
  Insert: { code: 0x52, extended: true },
  Delete: { code: 0x53, extended: true },
  MetaLeft: { code: 0x5b, extended: true },
  MetaRight: { code: 0x5c, extended: true },
  ContextMenu: { code: 0x5d, extended: true },
};

const codes = new Map<string, ScanCode>(
  PLAIN.split(' ').map((key, index) => [key, { code: index + 1, extended: false }]),
);
for (const [key, code] of Object.entries(OTHERS)) codes.set(key, code);

/** The scan code of a key by its place on the keyboard (`KeyboardEvent.code`); null for keys that an IBM keyboard does not have. */
export function scanCodeOf(key: string): ScanCode | null {
  return codes.get(key) ?? null;
}
