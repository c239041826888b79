import { SimulatedHost } from '@engine/machine/simulated-host';
import type { GuestScreen } from '@shared/model/guest-view';

/** What stands on a screen: lines of the text screen, or of the desktop's command prompt; empty while it shows neither. */
export function screenText(screen: GuestScreen): string {
  if (screen.kind === 'desktop') return screen.shell.lines.join('\n');
  if (screen.kind !== 'text') return '';
  const { rows, columns } = screen;
  const cells = Buffer.from(screen.cells, 'base64').filter((_, i) => i % 2 === 0);
  const text = Buffer.from(cells).toString('latin1').replaceAll('\0', ' ');
  return Array.from({ length: rows }, (_, row) => text.slice(row * columns, (row + 1) * columns).trimEnd()).join('\n');
}

/** A host whose machines' faults are the test's; `poweredOff` hears which one a guest has turned off. */
export function newHost(epoch = 0, poweredOff: (id: string) => void = () => undefined): SimulatedHost {
  return new SimulatedHost(
    { seed: 1, epoch, nicDescription: 'NIC' },
    {
      poweredOff,
      faulted: (_id, error) => {
        throw error;
      },
    },
  );
}
