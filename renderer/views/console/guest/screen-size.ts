import type { GuestScreen } from '@shared/model/guest-view';
import { CELL_HEIGHT, CELL_WIDTH } from './vga-font';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** What the adapter shows before anything was set: 80 columns, 25 rows. */
export const FIRST_SIZE: Size = { width: 640, height: 400 };

/** Resolution of the guest's screen in pixels; null when there is none. */
export function screenSize(screen: GuestScreen): Size | null {
  switch (screen.kind) {
    case 'off':
      return null;
    case 'text':
      return { width: screen.columns * CELL_WIDTH, height: screen.rows * CELL_HEIGHT };
    case 'splash':
      return screen.theme === 'xp' || screen.theme === 'classic' || screen.theme === 'setup'
        ? { width: 640, height: 480 }
        : { width: 1024, height: 768 };
    case 'desktop':
      return { width: screen.width, height: screen.height };
  }
}
