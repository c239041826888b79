import type { FramePort } from '../../base/backends';
import { macText, type MacAddress } from '../../base/mac';
import { padFrame } from '../../base/net/ethernet';
import { clonePlain, type InspectNode, type Unit } from '../../base/unit';
import { GIGABIT } from '../../vswitch/port-settings';
import type { SwitchPort } from '../../vswitch/switch-port';
import type { VirtualSwitch } from '../../vswitch/virtual-switch';

/** A network card of the host. */
export interface PhysicalNicOptions {
  /** What the Virtual Switch Manager lists: the adapter's description. */
  readonly name: string;
  /** Its own address. As the uplink of a switch it receives everything. */
  readonly mac: MacAddress;
  /** Bits a second; 1 Gbit/s when absent. */
  readonly lineRate?: number;
}

/** Counters since the host was switched on. */
export interface PhysicalNicState {
  sentFrames: number;
  sentBytes: number;
  receivedFrames: number;
  receivedBytes: number;
  /** Frames from the wire while no switch was bound to the card. */
  receivedUnbound: number;
}

/**
 * A physical NIC between a wire and, when it is bound to one, the external port of a virtual switch. The port paces what is
 * sent at the line rate; short frames are padded as the standard asks.
 */
export class PhysicalNic implements Unit<PhysicalNicState> {
  readonly name: string;
  readonly mac: MacAddress;
  readonly lineRate: number;
  private state = noTraffic();
  private uplink: SwitchPort | null = null;
  private virtualSwitch: VirtualSwitch | null = null; // wiring, as the uplink

  /** @param wire the other end of its cable */
  constructor(
    options: PhysicalNicOptions,
    private readonly wire: FramePort,
  ) {
    this.name = options.name;
    this.mac = options.mac.slice();
    this.lineRate = options.lineRate ?? GIGABIT;
    wire.setReceiver({ receive: (frame) => this.fromWire(frame), linkChanged: (up) => this.uplink?.setLink(up) });
  }

  get linkUp(): boolean {
    return this.wire.linkUp;
  }

  /** The switch whose uplink the card is, by its port; null when it is free. */
  get boundPort(): SwitchPort | null {
    return this.uplink;
  }

  /** Makes the card the uplink of an external switch. Throws `SwitchError` when the switch has one or takes none. */
  bind(virtualSwitch: VirtualSwitch): SwitchPort {
    this.unbind();
    const { mac, lineRate } = this;
    const port = virtualSwitch.connect({ name: this.name, kind: 'external', mac, lineRate });
    port.setReceiver({ receive: (frame) => this.toWire(frame), linkChanged: () => undefined });
    port.setLink(this.wire.linkUp);
    this.uplink = port;
    this.virtualSwitch = virtualSwitch;
    return port;
  }

  /** Frees the card. */
  unbind(): void {
    this.uplink?.dispose();
    this.uplink = null;
    this.virtualSwitch = null;
  }

  private toWire(frame: Uint8Array): void {
    const padded = padFrame(frame);
    this.state.sentFrames++;
    this.state.sentBytes += padded.length;
    this.wire.send(padded);
  }

  private fromWire(frame: Uint8Array): void {
    if (this.uplink === null) {
      this.state.receivedUnbound++;
      return;
    }
    this.state.receivedFrames++;
    this.state.receivedBytes += frame.length;
    this.uplink.send(frame);
  }

  /** Counters only: what the card is bound to stays. */
  reset(): void {
    this.state = noTraffic();
  }

  save(): PhysicalNicState {
    return clonePlain(this.state);
  }

  restore(saved: PhysicalNicState): void {
    this.state = clonePlain(saved);
  }

  inspect(): InspectNode {
    const { name, mac, lineRate, linkUp } = this;
    const boundTo = this.uplink?.name ?? null;
    return { name, mac: macText(mac), lineRate, linkUp, boundTo, ...this.state, senders: this.inspectSenders() };
  }

  /** What each port of the switch has waiting for the line, and has had of it so far, in bytes both ways. */
  private inspectSenders(): InspectNode {
    const { uplink, virtualSwitch } = this;
    const others = uplink ? (virtualSwitch?.ports.filter((port) => port !== uplink) ?? []) : [];
    const entries = others.map(({ name, number, state }) => {
      const waiting = uplink?.state.egress.flows.find(({ from }) => from === number)?.frames.length ?? 0;
      const sentBytes = uplink?.state.egress.shares[number] ?? 0;
      const receivedBytes = state.egress.shares[uplink?.number ?? 0] ?? 0;
      return [name, { waiting, sentBytes, receivedBytes }] as const;
    });
    return Object.fromEntries(entries);
  }
}

function noTraffic(): PhysicalNicState {
  return { sentFrames: 0, sentBytes: 0, receivedFrames: 0, receivedBytes: 0, receivedUnbound: 0 };
}
