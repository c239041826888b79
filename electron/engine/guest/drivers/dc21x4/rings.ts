import type { GuestMemory } from '../../../memory/guest-memory';

/** Descriptors of the 21140 (Hardware Reference Manual, chapter 4): status, control, buffer 1, buffer 2. */
const DESCRIPTOR = 16;
const OWN = 0x8000_0000;
const END_OF_RING = 1 << 25;

/** TDES1 bits. */
const Transmit = { interrupt: 0x8000_0000, last: 1 << 30, first: 1 << 29, setup: 1 << 27 } as const;

const RECEIVE_RING = 32;
const TRANSMIT_RING = 16;
const BUFFER = 1536;
export const SETUP_LENGTH = 192;

/** Bytes that rings and buffers need together. */
export const RING_MEMORY = (RECEIVE_RING + TRANSMIT_RING) * (DESCRIPTOR + BUFFER);

/** RDES0: error bits, and the two bits that say that a frame lies in one buffer. tulip's interrupt.c tests the same. */
const RECEIVE_MASK = 0x3800_4b52;
const RECEIVE_WHOLE = 0x0300;
const CRC = 4;

/** Rings and buffers of one card in guest memory, by their place. */
export class Dc21x4Rings {
  constructor(
    private readonly memory: GuestMemory,
    private readonly base: number,
  ) {}

  get receiveList(): number {
    return this.base;
  }

  get transmitList(): number {
    return this.base + RECEIVE_RING * DESCRIPTOR;
  }

  private buffer(index: number): number {
    return this.base + (RECEIVE_RING + TRANSMIT_RING) * DESCRIPTOR + index * BUFFER;
  }

  /** Gives every receive descriptor to the card and takes every transmit descriptor back. */
  initialise(): void {
    for (let i = 0; i < RECEIVE_RING; i++) {
      const end = i === RECEIVE_RING - 1 ? END_OF_RING : 0;
      this.describe(this.receiveList + i * DESCRIPTOR, BUFFER | end, this.buffer(i), OWN);
    }
    for (let i = 0; i < TRANSMIT_RING; i++) this.describe(this.transmitList + i * DESCRIPTOR, 0, 0, 0);
  }

  private describe(at: number, control: number, buffer: number, status: number): void {
    this.memory.writeU32(at + 4, control >>> 0);
    this.memory.writeU32(at + 8, buffer);
    this.memory.writeU32(at + 12, 0);
    this.memory.writeU32(at, status);
  }

  /** Next index of the receive ring. */
  afterReceive(index: number): number {
    return (index + 1) % RECEIVE_RING;
  }

  afterTransmit(index: number): number {
    return (index + 1) % TRANSMIT_RING;
  }

  /** Puts bytes into a transmit descriptor and gives it to the card. */
  queue(index: number, bytes: Uint8Array, isSetup: boolean): void {
    const buffer = this.buffer(RECEIVE_RING + index);
    const end = index === TRANSMIT_RING - 1 ? END_OF_RING : 0;
    const kind = isSetup ? Transmit.setup : Transmit.first | Transmit.last;
    this.memory.write(buffer, bytes);
    this.describe(this.transmitList + index * DESCRIPTOR, Transmit.interrupt | kind | end | bytes.length, buffer, OWN);
  }

  /** True while the card has this transmit descriptor. */
  isSending(index: number): boolean {
    return this.memory.readU32(this.transmitList + index * DESCRIPTOR) >= OWN;
  }

  /** What the card left in a receive descriptor: nothing yet (null), a frame, or a frame with errors. */
  received(index: number): { readonly frame: Uint8Array | null } | null {
    const status = this.memory.readU32(this.receiveList + index * DESCRIPTOR);
    if (status >= OWN) return null;
    const length = ((status >>> 16) & 0x7ff) - CRC;
    const isWhole = (status & RECEIVE_MASK) === RECEIVE_WHOLE && length >= 14 && length <= BUFFER;
    return { frame: isWhole ? this.memory.read(this.buffer(index), length) : null };
  }

  /** Gives a receive descriptor back to the card. */
  recycle(index: number): void {
    this.memory.writeU32(this.receiveList + index * DESCRIPTOR, OWN);
  }
}

/** A setup frame for perfect filtering: own address, and broadcast in the fifteen other places. */
export function setupFrame(mac: Uint8Array): Uint8Array {
  const frame = new Uint8Array(SETUP_LENGTH);
  for (let entry = 0; entry < 16; entry++) {
    for (let pair = 0; pair < 3; pair++) {
      const at = entry * 12 + pair * 4;
      frame[at] = entry === 15 ? (mac[pair * 2] ?? 0) : 0xff;
      frame[at + 1] = entry === 15 ? (mac[pair * 2 + 1] ?? 0) : 0xff;
    }
  }
  return frame;
}
