/** A label taken apart at its access key: `&File` is F, the letter that is underlined while Alt is down. */
export interface AccessText {
  readonly before: string;
  readonly key: string;
  readonly after: string;
  /** The label as it is seen and spoken. */
  readonly text: string;
}

/** Reads the `&` of a label as Windows does; `&&` is a real ampersand. */
export function splitAccess(label: string): AccessText {
  const plain = (text: string): string => text.replaceAll('\u0000', '&');
  const safe = label.replaceAll('&&', '\u0000');
  const at = safe.indexOf('&');
  if (at < 0 || at === safe.length - 1) return { before: plain(safe), key: '', after: '', text: plain(safe) };
  const [before, key, after] = [plain(safe.slice(0, at)), safe.charAt(at + 1), plain(safe.slice(at + 2))];
  return { before, key, after, text: before + key + after };
}

/** True when the key event asks for this access key (with or without Alt is the caller's business). */
export function isAccessKey(event: KeyboardEvent, label: string): boolean {
  const { key } = splitAccess(label);
  return key !== '' && event.key.toLowerCase() === key.toLowerCase();
}
