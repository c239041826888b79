/** What the driver of a 21140 remembers. Plain. */
export interface Dc21x4State {
  kind: 'dc21x4';
  /** Base of the registers in I/O space. */
  io: number;
  mac: Uint8Array;
  /** Guest-physical addresses of rings and buffers; 0 before they exist. */
  memory: number;
  /** Next receive descriptor that the card will give back. */
  receiveNext: number;
  /** Next free transmit descriptor, and the oldest that the card still has. */
  transmitNext: number;
  transmitOldest: number;
  /** CSR6 without the start bits: what the media of the serial ROM needs. */
  mode: number;
  /** What `media` of the serial ROM is called. */
  media: string;
  link: boolean;
  /** The pins say otherwise, and will be looked at once more. */
  isLinkInDoubt: boolean;
  sent: number;
  received: number;
  /** Frames that could not be sent, and received ones with errors. */
  sendErrors: number;
  receiveErrors: number;
  interrupts: number;
}

export function newDc21x4(): Dc21x4State {
  return {
    kind: 'dc21x4',
    io: 0,
    mac: new Uint8Array(6),
    memory: 0,
    receiveNext: 0,
    transmitNext: 0,
    transmitOldest: 0,
    mode: 0,
    media: '',
    link: false,
    isLinkInDoubt: false,
    sent: 0,
    received: 0,
    sendErrors: 0,
    receiveErrors: 0,
    interrupts: 0,
  };
}
