import { isGroup } from '../../base/mac';
import { readBe16, writeU32 } from '../../base/bytes';
import {
  closeDescriptor,
  ERROR_SUMMARY,
  fetchDescriptor,
  nextDescriptor,
  OWN,
  RDES0,
  segmentsOf,
  type Descriptor,
} from './descriptors';
import { frameCheck } from './ethernet-crc';
import { judge } from './filter';
import { CSR, RECEIVE_STATE, STATUS } from './registers';
import { descriptorSkip, type Card } from './state';

const SHORTEST_FRAME = 60; // bytes without the check sequence: a wire pads what is shorter
const LONGEST_GOOD = 1518; // bytes with the check sequence
const WATCHDOG_BYTES = 2048; // a frame is cut off here
const DESCRIPTORS_PER_FRAME = 256;
const TYPE_FIELD = 12; // in the Ethernet header
const LARGEST_LENGTH = 1500; // above, the field is a type (Ethernet) and not a length (IEEE 802.3)

/** Examines the descriptor in front: waits for a frame with it, or suspends when the driver still owns it. */
export function pollReceive(card: Card): void {
  const { receive } = card.state;
  if (receive.process === RECEIVE_STATE.Stopped || !card.dma.enabled) return;
  const descriptor = fetchDescriptor(card.dma, receive.current);
  if (!descriptor) return card.busError();
  const wasSuspended = receive.process === RECEIVE_STATE.Suspended;
  receive.process = descriptor.status & OWN ? RECEIVE_STATE.Waiting : RECEIVE_STATE.Suspended;
  // "Buffer unavailable" is said once, when the process suspends (21140A HRM, CSR5<7>).
  if (receive.process === RECEIVE_STATE.Suspended && !wasSuspended) card.raise(STATUS.RU);
}

/** A frame on the wire, without its check sequence. `loopback` is RDES0 13:12. */
export function receiveFrame(card: Card, frame: Uint8Array, loopback: number): void {
  const { state } = card;
  if (state.receive.process === RECEIVE_STATE.Stopped) return;
  const verdict = judge(state.filter, state.csr[CSR.OperationMode] ?? 0, frame);
  if (verdict === 'refused') {
    state.counters.refused++;
    return;
  }
  if (state.receive.process === RECEIVE_STATE.Suspended) pollReceive(card);
  if (state.receive.process !== RECEIVE_STATE.Waiting || !card.dma.enabled) return miss(card);
  const failed = verdict === 'passed' ? RDES0.FF : 0;
  store(card, onTheWire(frame), failed | loopback | frameBits(frame));
}

/** CSR8: 16 bits of missed frames, and bit 16 when they were not enough. */
function miss({ state }: Card): void {
  const missed = state.csr[CSR.MissedFrames] ?? 0;
  state.csr[CSR.MissedFrames] = (missed & 0xffff) === 0xffff ? 0x1_0000 : missed + 1;
  state.counters.missed++;
}

/** Padded to the shortest frame, with its check sequence. */
function onTheWire(frame: Uint8Array): Uint8Array {
  const length = Math.max(frame.length, SHORTEST_FRAME);
  const bytes = new Uint8Array(length + 4);
  bytes.set(frame);
  writeU32(bytes, length, frameCheck(bytes.subarray(0, length)));
  return bytes;
}

function frameBits(frame: Uint8Array): number {
  const tooLong = frame.length + 4 > LONGEST_GOOD ? RDES0.TL | ERROR_SUMMARY : 0;
  const type = readBe16(frame, TYPE_FIELD) > LARGEST_LENGTH ? RDES0.FT : 0;
  return tooLong | type | (isGroup(frame) ? RDES0.MF : 0);
}

function store(card: Card, wire: Uint8Array, bits: number): void {
  const isCut = wire.length > WATCHDOG_BYTES;
  const bytes = wire.subarray(0, WATCHDOG_BYTES);
  const status = bits | ((bytes.length << 16) >>> 0) | (isCut ? RDES0.RW | ERROR_SUMMARY : 0);
  if (!fill(card, bytes, status)) return card.busError();
  card.state.counters.received++;
  card.raise(isCut ? STATUS.RI | STATUS.RWT : STATUS.RI);
  pollReceive(card);
}

/** Spreads a frame over descriptors. False after a master abort. */
function fill(card: Card, bytes: Uint8Array, status: number): boolean {
  const { receive, csr } = card.state;
  let previous: { at: number; first: number } | null = null; // given back, and the frame goes on
  let done = 0;
  for (let i = 0; i < DESCRIPTORS_PER_FRAME; i++) {
    const descriptor = fetchDescriptor(card.dma, receive.current);
    if (!descriptor) return false;
    if ((descriptor.status & OWN) === 0) break;
    const copied = fillOne(card, descriptor, bytes, done);
    if (copied === null) return false;
    done += copied;
    receive.current = nextDescriptor(descriptor, csr[CSR.ReceiveList] ?? 0, descriptorSkip(card.state));
    const first = i === 0 ? RDES0.FS : 0;
    if (done === bytes.length) return closeDescriptor(card.dma, descriptor.at, status | first | RDES0.LS);
    if (!closeDescriptor(card.dma, descriptor.at, first)) return false;
    previous = { at: descriptor.at, first };
  }
  if (!previous) return true;
  const cut = status | previous.first | RDES0.LS | RDES0.DE | ERROR_SUMMARY;
  return closeDescriptor(card.dma, previous.at, cut);
}

/** Copies what fits into one descriptor's buffers and returns the number of bytes; null after a master abort. */
function fillOne(card: Card, descriptor: Descriptor, bytes: Uint8Array, from: number): number | null {
  let at = from;
  for (const { gpa, length } of segmentsOf(descriptor)) {
    const piece = bytes.subarray(at, at + length);
    if (!card.dma.write((gpa & ~3) >>> 0, piece)) return null;
    at += piece.length;
  }
  return at - from;
}
