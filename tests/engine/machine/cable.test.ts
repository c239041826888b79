import { describe, expect, it } from 'vitest';
import type { FramePort, FrameReceiver } from '@engine/base/backends';
import { Cable } from '@engine/machine/cable';

class Socket implements FramePort {
  readonly sent: Uint8Array[] = [];
  receiver: FrameReceiver | null = null;
  constructor(readonly linkUp = true) {}
  send(frame: Uint8Array): void {
    this.sent.push(frame);
  }
  setReceiver(receiver: FrameReceiver | null): void {
    this.receiver = receiver;
  }
}

describe('cable', () => {
  it('carries frames both ways and shows the link going and coming', () => {
    const cable = new Cable();
    const seen: unknown[] = [];
    cable.setReceiver({ receive: (frame) => seen.push(frame[0]), linkChanged: (up) => seen.push(up) });
    cable.send(Uint8Array.of(1)); // loose end
    const [first, second] = [new Socket(), new Socket()];
    cable.plug(first);
    cable.send(Uint8Array.of(2));
    first.receiver?.receive(Uint8Array.of(3));
    cable.plug(second); // another switch: the link stays up
    expect(first.receiver).toBeNull();
    cable.send(Uint8Array.of(4));
    cable.plug(null);
    expect(cable.linkUp).toBe(false);
    expect([first.sent.length, second.sent.length]).toEqual([1, 1]);
    expect(seen).toEqual([true, 3, false]);
  });

  it('has no link on a dead port, and passes on what the port tells', () => {
    const cable = new Cable();
    const seen: boolean[] = [];
    cable.setReceiver({ receive: () => undefined, linkChanged: (up) => seen.push(up) });
    const dead = new Socket(false);
    cable.plug(dead);
    expect(cable.linkUp).toBe(false);
    dead.receiver?.linkChanged(true);
    expect(seen).toEqual([true]);
  });
});
