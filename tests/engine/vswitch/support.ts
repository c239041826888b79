import type { FrameReceiver } from '@engine/base/backends';
import { BROADCAST_MAC, type MacAddress } from '@engine/base/mac';
import { encodeEthernet } from '@engine/base/net/ethernet';
import { EngineClock, SECOND } from '@engine/clock/clock';
import { Trace } from '@engine/trace/trace';
import type { EthernetSwitch } from '@engine/vswitch/ethernet-switch';
import type { PortOptions } from '@engine/vswitch/port-settings';
import type { SwitchPort } from '@engine/vswitch/switch-port';
import { VirtualSwitch, type SwitchKind } from '@engine/vswitch/virtual-switch';

/** 00-15-5D-00-00-nn */
export function vmMac(n: number): MacAddress {
  return Uint8Array.of(0x00, 0x15, 0x5d, 0, n >> 8, n & 0xff);
}

/** An address of a physical station. */
export function lanMac(n: number): MacAddress {
  return Uint8Array.of(0x3c, 0x52, 0x82, 0, n >> 8, n & 0xff);
}

/** A frame of `length` bytes whose payload begins with `mark`. */
export function frameOf(source: MacAddress, destination: MacAddress, mark = 0, length = 60): Uint8Array {
  const payload = new Uint8Array(length - 14);
  payload[0] = mark;
  return encodeEthernet({ destination, source, vlan: null, type: 0x88b5, payload });
}

/** An adapter that remembers what it was handed. */
export class Station implements FrameReceiver {
  readonly frames: Uint8Array[] = [];
  readonly links: boolean[] = [];

  constructor(
    readonly port: SwitchPort,
    readonly mac: MacAddress,
  ) {
    port.setReceiver(this);
  }

  receive(frame: Uint8Array): void {
    this.frames.push(frame.slice());
  }

  linkChanged(up: boolean): void {
    this.links.push(up);
  }

  send(to: MacAddress, mark = 0, length = 60): void {
    this.port.send(frameOf(this.mac, to, mark, length));
  }

  broadcast(mark = 0): void {
    this.send(BROADCAST_MAC, mark);
  }

  /** The marks of the untagged frames received so far; forgets them. */
  take(): number[] {
    return this.frames.splice(0).map((frame) => frame[14] ?? -1);
  }
}

/** A switch of its own on a clock of its own. */
export class Network {
  readonly clock = new EngineClock();
  readonly trace = new Trace(this.clock);
  readonly virtualSwitch: VirtualSwitch;

  constructor(kind: SwitchKind = 'external', options: { queueFrames?: number; maximumFrame?: number } = {}) {
    this.virtualSwitch = new VirtualSwitch(this.clock, this.trace, {
      id: 'switch/test',
      name: 'test',
      kind,
      ...options,
    });
  }

  vm(n: number, options: Partial<PortOptions> = {}): Station {
    return this.station({ name: `vm-${n}`, kind: 'synthetic', mac: vmMac(n), ...options });
  }

  /** The uplink; who stands behind it speaks with any address. */
  uplink(options: Partial<PortOptions> = {}): Station {
    return this.station({ name: 'uplink', kind: 'external', mac: lanMac(0), ...options });
  }

  station(options: PortOptions): Station {
    return new Station(this.virtualSwitch.connect(options), options.mac);
  }

  /** Lets everything that is under way arrive. */
  settle(): void {
    this.clock.advanceBy(SECOND);
  }
}

/** Frames that are lost or waiting anywhere in a switch. */
export function accounts(subject: EthernetSwitch): { dropped: number; queued: number; received: number; sent: number } {
  const sum = (pick: (port: SwitchPort) => number): number =>
    subject.ports.reduce((total, port) => total + pick(port), 0);
  const all = (counts: { [reason: number]: number }): number => Object.values(counts).reduce((a, b) => a + b, 0);
  return {
    dropped: sum((port) => all(port.counters.droppedSending) + all(port.counters.droppedReceiving)),
    queued: sum((port) => port.queuedFrames),
    received: sum((port) => port.counters.receivedFrames),
    sent: sum((port) => port.counters.sentFrames),
  };
}
