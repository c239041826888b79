import { readU32 } from '../../base/bytes';
import {
  closeDescriptor,
  ERROR_SUMMARY,
  fetchDescriptor,
  nextDescriptor,
  OWN,
  segmentsOf,
  SETUP_DONE,
  TDES0,
  TDES1,
  type Descriptor,
} from './descriptors';
import { frameCheck } from './ethernet-crc';
import { filterModeBits, SETUP_BYTES } from './filter';
import { CSR, CSR15_JBD, MODE_READ_ONLY, STATUS, TRANSMIT_STATE } from './registers';
import { descriptorSkip, type Card } from './state';

/** Descriptors looked at in one go: a list without an end must not hold up the host. */
export const DESCRIPTORS_PER_POLL = 64;

const SHORTEST_FRAME = 60; // bytes without the check sequence
const JABBER_BYTES = 2560; // a station that sends longer is cut off
const LONGEST_FRAME = 65_535; // with the jabber timer switched off

/** What came of one descriptor: the status word to write back, and the frame that is complete with it. */
interface Outcome {
  readonly status: number;
  readonly frame?: Uint8Array;
  readonly jabber?: boolean;
}

/** Works through the transmit list (21140A HRM, 4.3.5). True when it stopped only because the share of work is used up. */
export function transmit(card: Card): boolean {
  for (let i = 0; i < DESCRIPTORS_PER_POLL; i++) if (!transmitOne(card)) return false;
  return card.state.transmit.process === TRANSMIT_STATE.Fetching;
}

function transmitOne(card: Card): boolean {
  const process = card.state.transmit;
  if (process.process === TRANSMIT_STATE.Stopped || !card.dma.enabled) return false;
  const descriptor = fetchDescriptor(card.dma, process.current);
  if (!descriptor) return abort(card);
  if ((descriptor.status & OWN) === 0) return suspend(card);
  process.process = TRANSMIT_STATE.Fetching;
  const outcome = consume(card, descriptor);
  if (!outcome || !closeDescriptor(card.dma, descriptor.at, outcome.status)) return abort(card);
  process.current = nextDescriptor(descriptor, card.state.csr[CSR.TransmitList] ?? 0, descriptorSkip(card.state));
  finish(card, descriptor, outcome);
  return true;
}

function abort(card: Card): boolean {
  card.busError();
  return false;
}

function suspend(card: Card): boolean {
  card.state.transmit.process = TRANSMIT_STATE.Suspended;
  card.raise(STATUS.TU);
  return false;
}

/** The list has moved on before the frame leaves, so that an answer on the spot finds everything in order. */
function finish(card: Card, { control }: Descriptor, { frame, jabber }: Outcome): void {
  if (jabber) {
    card.state.transmit.process = TRANSMIT_STATE.Stopped;
    card.state.counters.jabber++;
    card.raise(STATUS.TJT);
  }
  if (frame) card.emit(frame);
  const isLast = (control & (TDES1.LS | TDES1.SET)) !== 0;
  if (isLast && (control & TDES1.IC) !== 0) card.raise(STATUS.TI);
}

/** Null after a master abort. */
function consume(card: Card, descriptor: Descriptor): Outcome | null {
  const data = gather(card, descriptor);
  if (!data) return null;
  return descriptor.control & TDES1.SET ? setUp(card, descriptor, data) : addSegment(card, descriptor, data);
}

function gather(card: Card, descriptor: Descriptor): Uint8Array | null {
  const segments = segmentsOf(descriptor);
  const data = new Uint8Array(segments.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const { gpa, length } of segments) {
    const bytes = card.dma.read(gpa, length);
    if (!bytes) return null;
    data.set(bytes, at);
    at += length;
  }
  return data;
}

/** A setup frame stays in the adapter: it loads the address filter (21140A HRM, 4.2.3). */
function setUp(card: Card, { control }: Descriptor, data: Uint8Array): Outcome {
  const { state } = card;
  if (data.length < SETUP_BYTES) {
    state.counters.badSetup++;
    return { status: SETUP_DONE };
  }
  const kind = (control & TDES1.FT1 ? 2 : 0) | (control & TDES1.FT0 ? 1 : 0);
  state.filter = { kind, setup: data.slice(0, SETUP_BYTES) };
  state.csr[CSR.OperationMode] = ((state.csr[CSR.OperationMode] ?? 0) & ~MODE_READ_ONLY) | filterModeBits(kind);
  return { status: SETUP_DONE };
}

/** A descriptor outside a frame (neither first segment nor after one) is given back without effect. */
function addSegment(card: Card, { control }: Descriptor, data: Uint8Array): Outcome {
  const process = card.state.transmit;
  if (control & TDES1.FS) Object.assign(process, { partial: new Uint8Array(0), inFrame: true });
  if (!process.inFrame) return { status: 0 };
  const frame = new Uint8Array(process.partial.length + data.length);
  frame.set(process.partial);
  frame.set(data, process.partial.length);
  const limit = (card.state.csr[CSR.Watchdog] ?? 0) & CSR15_JBD ? LONGEST_FRAME : JABBER_BYTES;
  const ends = frame.length > limit || (control & TDES1.LS) !== 0;
  Object.assign(process, { partial: ends ? new Uint8Array(0) : frame, inFrame: !ends });
  if (frame.length > limit) return { status: TDES0.TO | ERROR_SUMMARY, jabber: true };
  return ends ? send(card, control, frame) : { status: 0 };
}

function send(card: Card, control: number, data: Uint8Array): Outcome {
  const frame = wireFrame(control, data);
  if (!card.linkUp || !frame) card.state.counters.unsent++;
  if (!card.linkUp) return { status: TDES0.NC | TDES0.LO | ERROR_SUMMARY };
  return frame ? { status: 0, frame } : { status: 0 };
}

/** The frame without its check sequence as a receiver would take it, or null when every receiver would throw it away. */
function wireFrame(control: number, data: Uint8Array): Uint8Array | null {
  if (data.length < SHORTEST_FRAME && (control & TDES1.DPD) === 0) {
    const padded = new Uint8Array(SHORTEST_FRAME);
    padded.set(data);
    return padded;
  }
  const frame = control & TDES1.AC ? withoutCheck(data) : data;
  return frame && frame.length >= SHORTEST_FRAME ? frame : null;
}

/** The driver has put a check sequence of its own behind the frame: it must be right. */
function withoutCheck(data: Uint8Array): Uint8Array | null {
  const frame = data.subarray(0, -4);
  return data.length > 4 && frameCheck(frame) === readU32(data, frame.length) ? frame : null;
}
