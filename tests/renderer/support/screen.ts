import { settle } from './mount';

/** What carries a role without saying so. */
const IMPLICIT: Readonly<Record<string, string>> = {
  button: 'button:not([role])',
  textbox: 'input:not([type]):not([role]), input[type=text]:not([role]), textarea',
  checkbox: 'input[type=checkbox]',
  radio: 'input[type=radio]',
  heading: 'h1, h2, h3',
};

/** Elements of a role in the document, those that are shown. */
export function allByRole(role: string): HTMLElement[] {
  const selector = [`[role="${role}"]`, ...(IMPLICIT[role] ? [IMPLICIT[role]] : [])].join(', ');
  return [...document.querySelectorAll<HTMLElement>(selector)].filter(
    (each) => each.closest('[aria-hidden="true"]') === null && isShown(each),
  );
}

function isShown(element: HTMLElement): boolean {
  for (let each: HTMLElement | null = element; each; each = each.parentElement)
    if (each.style.display === 'none') return false;
  return true;
}

/** Name of an element as assistive technology reads it: label, labelling elements, the label around it, or its text. */
export function nameOf(element: HTMLElement): string {
  const label = element.getAttribute('aria-label');
  if (label !== null) return label;
  const by = element.getAttribute('aria-labelledby');
  if (by !== null)
    return by
      .split(' ')
      .map((id) => document.getElementById(id)?.textContent ?? '')
      .join(' ')
      .trim();
  const around = element instanceof HTMLInputElement ? element.closest('label') : element;
  const spoken = around?.cloneNode(true);
  if (!(spoken instanceof HTMLElement)) return '';
  for (const hidden of spoken.querySelectorAll('[aria-hidden="true"]')) hidden.remove();
  return (spoken.textContent ?? '').replace(/\s+/g, ' ').trim();
}

const matches = (name: string, wanted: string | RegExp): boolean =>
  typeof wanted === 'string' ? name === wanted : wanted.test(name);

/** The elements of that role and name. */
export function queryAll(role: string, name: string | RegExp): HTMLElement[] {
  return allByRole(role).filter((each) => matches(nameOf(each), name));
}

/** The one element of that role and name; fails with what there is when there is none or more than one. */
export function get(role: string, name: string | RegExp): HTMLElement {
  const found = queryAll(role, name);
  const [only] = found;
  if (only && found.length === 1) return only;
  throw new Error(`${found.length} × ${role} "${String(name)}"; there are: ${allByRole(role).map(nameOf).join(' | ')}`);
}

export function names(role: string): string[] {
  return allByRole(role).map(nameOf);
}

/** A click as a mouse makes it. */
export async function click(element: HTMLElement, init: MouseEventInit = {}): Promise<void> {
  element.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, cancelable: true, ...init }));
  element.dispatchEvent(new PointerEvent('pointerup', { bubbles: true, ...init }));
  if (element instanceof HTMLInputElement) element.click();
  else element.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, ...init }));
  await settle();
}

export async function doubleClick(element: HTMLElement): Promise<void> {
  await click(element);
  element.dispatchEvent(new MouseEvent('dblclick', { bubbles: true, cancelable: true }));
  await settle();
}

export async function rightClick(element: HTMLElement): Promise<void> {
  element.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, button: 2 }));
  element.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true, clientX: 20, clientY: 20 }));
  await settle();
}

/** A key, down and up, at the element that has the focus (or another one). */
export async function press(
  key: string,
  init: KeyboardEventInit = {},
  at: Element | null = document.activeElement,
): Promise<void> {
  const target = at ?? document.body;
  const options = { key, code: key, bubbles: true, cancelable: true, ...init };
  target.dispatchEvent(new KeyboardEvent('keydown', options));
  target.dispatchEvent(new KeyboardEvent('keyup', options));
  await settle();
}

/** Types a text into a box, in place of what is there. */
export async function type(element: HTMLElement, text: string): Promise<void> {
  if (!(element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement)) throw new Error('no text box');
  element.value = text;
  element.dispatchEvent(new Event('input', { bubbles: true }));
  await settle();
}
