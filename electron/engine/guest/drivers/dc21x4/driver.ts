import type { FrameReceiver } from '../../../base/backends';
import { macText } from '../../../base/mac';
import { ETHERNET_HEADER, MAXIMUM_FRAME, VLAN_TAG, vlanTagOf } from '../../../base/net/ethernet';
import { MILLISECOND, SECOND } from '../../../clock/clock';
import { Pci, PciConfig } from '../../hardware/pci-config';
import { Problem } from '../../kernel/device';
import type { Driver, DriverContext } from '../../kernel/driver';
import type { NetworkInterface } from '../network-interface';
import { Csr, CsrMode, Csrs, CsrStatus, hasLink, readSrom, sromMac } from './csr';
import { chooseMedia } from './media';
import { Dc21x4Rings, RING_MEMORY, setupFrame } from './rings';
import type { Dc21x4State } from './state';

const SOFTWARE_RESET = 1;
const BUS_MODE = 0x01a0_8000; // cache alignment 16 words, read multiple, read line, write and invalidate
const LINK_POLL = 2 * SECOND;
const LINK_SETTLE = 10 * MILLISECOND; // (design value)
const ENABLED =
  CsrStatus.transmitDone |
  CsrStatus.received |
  CsrStatus.receiveEmpty |
  CsrStatus.fatalBusError |
  CsrStatus.abnormal |
  CsrStatus.normal;

/** What this driver needs around it: part of what a kernel gives, so that a boot ROM can use it too. */
export type RegisterHost = Pick<
  DriverContext,
  'processor' | 'device' | 'now' | 'allocate' | 'enableInterrupt' | 'wakeAt' | 'log' | 'started'
>;

/**
 * The driver of the DEC 21140: what `dc21x4.sys` does in Windows and `tulip` in Linux. Serial ROM through CSR9, reset,
 * rings in guest memory, a setup frame, interrupts. 21140A Hardware Reference Manual, chapters 3 and 4.
 */
export class Dc21x4Driver implements Driver, NetworkInterface {
  private receiver: FrameReceiver | null = null; // wiring: the protocol stack

  constructor(
    private readonly context: RegisterHost,
    private readonly state: Dc21x4State,
  ) {}

  network(): NetworkInterface | null {
    return this.context.device.status === 'started' ? this : null;
  }

  get name(): string {
    return this.context.device.name;
  }

  get mac(): Uint8Array {
    return this.state.mac;
  }

  get linkUp(): boolean {
    return this.state.link;
  }

  readonly speedMbps = 100;

  get sent(): number {
    return this.state.sent;
  }

  get received(): number {
    return this.state.received;
  }

  setReceiver(receiver: FrameReceiver | null): void {
    this.receiver = receiver;
  }

  private get csrs(): Csrs {
    return new Csrs(this.context.processor, this.state.io);
  }

  private get rings(): Dc21x4Rings {
    return new Dc21x4Rings(this.context.processor.memory, this.state.memory);
  }

  start(): void {
    const { context, state } = this;
    const io = context.device.resources.find((resource) => resource.kind === 'io');
    state.io = io?.start ?? 0;
    if (state.io === 0 || this.csrs.read(Csr.status) === 0xffff_ffff) return context.started(Problem.cannotStart);
    const image = readSrom(this.csrs);
    const mac = sromMac(image);
    if (!mac) return context.started(Problem.cannotStart);
    state.mac = mac;
    const media = chooseMedia(image);
    state.mode = media.mode;
    state.media = media.name;
    this.enableBusMaster();
    const memory = context.allocate(RING_MEMORY, 4096);
    if (memory === null) return context.started(Problem.cannotStart);
    state.memory = memory;
    this.csrs.write(Csr.pins, media.pins | 0x100);
    this.bringUp();
    context.enableInterrupt();
    this.announce();
    context.started(Problem.none);
  }

  private announce(): void {
    const { context, state } = this;
    const irq = context.device.resources.find((resource) => resource.kind === 'irq')?.start ?? 0;
    context.log('Linux Tulip driver version 1.1.13 (May 11, 2002)');
    context.log(`tulip0:  EEPROM default media type ${state.media}.`);
    const place = `Port 0x${state.io.toString(16)}, ${macText(state.mac, ':')}, IRQ ${irq}`;
    context.log(`eth0: Digital DS21140 Tulip rev 32 at ${place}.`);
  }

  private enableBusMaster(): void {
    const { device } = this.context;
    const config = new PciConfig(this.context.processor);
    const command = config.read(device.address >> 3, device.address & 7, Pci.command, 2);
    config.write(device.address >> 3, device.address & 7, Pci.command, command | 0x05, 2);
  }

  /** Reset, rings, filter, then both engines. Also the way out of a fatal bus error. */
  private bringUp(): void {
    const { csrs, rings, state } = this;
    csrs.write(Csr.busMode, SOFTWARE_RESET);
    csrs.write(Csr.busMode, BUS_MODE);
    rings.initialise();
    Object.assign(state, { receiveNext: 0, transmitNext: 0, transmitOldest: 0 });
    csrs.write(Csr.receiveList, rings.receiveList);
    csrs.write(Csr.transmitList, rings.transmitList);
    csrs.write(Csr.status, CsrStatus.all);
    csrs.write(Csr.interrupts, ENABLED);
    csrs.write(Csr.operation, state.mode | CsrMode.startTransmit);
    this.queue(setupFrame(state.mac), true);
    csrs.write(Csr.operation, state.mode | CsrMode.startTransmit | CsrMode.startReceive);
    csrs.write(Csr.receivePoll, 0);
    this.linkIs(hasLink(csrs));
  }

  private linkIs(up: boolean): void {
    const { state } = this;
    state.isLinkInDoubt = false;
    this.context.wakeAt(this.context.now() + LINK_POLL, true);
    if (up === state.link) return;
    state.link = up;
    this.receiver?.linkChanged(up);
  }

  /** Looks at the link. A change counts when it is still there a moment later: the first look is routine, what follows from a change is not. */
  private senseLink(): void {
    const up = hasLink(this.csrs);
    if (up === this.state.link || this.state.isLinkInDoubt) return this.linkIs(up);
    this.state.isLinkInDoubt = true;
    this.context.wakeAt(this.context.now() + LINK_SETTLE);
  }

  /** False when the ring is full. */
  private queue(bytes: Uint8Array, isSetup: boolean): boolean {
    const { rings, state } = this;
    const next = rings.afterTransmit(state.transmitNext);
    if (next === state.transmitOldest) this.reap();
    if (next === state.transmitOldest) return false;
    rings.queue(state.transmitNext, bytes, isSetup);
    state.transmitNext = next;
    this.csrs.write(Csr.transmitPoll, 0);
    return true;
  }

  send(frame: Uint8Array): void {
    const longest = vlanTagOf(frame) ? MAXIMUM_FRAME + VLAN_TAG : MAXIMUM_FRAME;
    const fits = this.context.device.status === 'started' && frame.length >= ETHERNET_HEADER && frame.length <= longest;
    if (fits && this.queue(frame, false)) this.state.sent++;
    else this.state.sendErrors++;
  }

  interrupt(): boolean {
    const status = this.csrs.read(Csr.status);
    if (status === 0xffff_ffff || (status & (CsrStatus.normal | CsrStatus.abnormal)) === 0) return false;
    this.csrs.write(Csr.status, status & CsrStatus.all);
    this.state.interrupts++;
    if ((status & CsrStatus.fatalBusError) !== 0) this.bringUp();
    else {
      if ((status & CsrStatus.transmitDone) !== 0) this.reap();
      if ((status & (CsrStatus.received | CsrStatus.receiveEmpty)) !== 0) this.collect();
      if ((status & CsrStatus.receiveEmpty) !== 0) this.csrs.write(Csr.receivePoll, 0);
    }
    return true;
  }

  /** Takes back what the card has sent. */
  private reap(): void {
    const { rings, state } = this;
    while (state.transmitOldest !== state.transmitNext && !rings.isSending(state.transmitOldest)) {
      state.transmitOldest = rings.afterTransmit(state.transmitOldest);
    }
  }

  /** Hands received frames to the protocol stack, after their descriptors have gone back to the card. */
  private collect(): void {
    const { rings, state } = this;
    const frames: Uint8Array[] = [];
    for (let found = rings.received(state.receiveNext); found; found = rings.received(state.receiveNext)) {
      if (found.frame) frames.push(found.frame);
      else state.receiveErrors++;
      rings.recycle(state.receiveNext);
      state.receiveNext = rings.afterReceive(state.receiveNext);
    }
    state.received += frames.length;
    for (const frame of frames) this.receiver?.receive(frame);
  }

  wake(): void {
    this.senseLink();
  }

  stop(): void {
    this.csrs.write(Csr.interrupts, 0);
    this.csrs.write(Csr.operation, this.state.mode);
  }
}
