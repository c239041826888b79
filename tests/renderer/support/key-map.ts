/** Place on a US keyboard (`KeyboardEvent.code`) of a letter, digit or named key. */
export function codeOf(key: string): string {
  if (/^[a-z]$/i.test(key)) return `Key${key.toUpperCase()}`;
  if (/^\d$/.test(key)) return `Digit${key}`;
  return { ' ': 'Space', '.': 'Period', Control: 'ControlLeft', Alt: 'AltLeft', Shift: 'ShiftLeft' }[key] ?? key;
}
