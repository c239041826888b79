import type { KeyEvent, KeySource } from '../base/backends';
import type { Disposable } from '../base/disposable';

/** The keys of a console: whoever holds the window presses, whoever is plugged in as keyboard hears. */
export class ConsoleKeys implements KeySource {
  private readonly handlers: ((event: KeyEvent) => void)[] = [];

  onKey(handler: (event: KeyEvent) => void): Disposable {
    this.handlers.push(handler);
    return { dispose: () => void this.handlers.splice(this.handlers.indexOf(handler), 1) };
  }

  press(event: KeyEvent): void {
    for (const handler of this.handlers) handler(event);
  }
}
