import type { FramePort, FrameReceiver } from '@engine/base/backends';
import { ipv4Text } from '@engine/base/net/address';
import { clonePlain } from '@engine/base/unit';
import { SECOND, type Alarm } from '@engine/clock/clock';
import { newNetworkState, type EchoResult, type NetworkState } from '@engine/guest/kernel/net/net-state';
import { NetworkStack } from '@engine/guest/kernel/net/network-stack';
import { networkPolicy } from '@engine/guest/kernel/net/policy';
import type { InterfaceSnapshot } from '@engine/guest/kernel/net/snapshot';
import type { PortOptions } from '@engine/vswitch/port-settings';
import { vmMac } from '../../vswitch/support';
import { Host, ip } from '../../parent/physical/support';

export { Host, ip, SECOND };

type Family = Parameters<typeof networkPolicy>[0];

/** An adapter over a port that tells its owner when something came, as an interrupt does. */
class Adapter implements FramePort {
  /** The stack, for frames that no port would hand on. */
  receiver: FrameReceiver | null = null;

  constructor(
    readonly mac: Uint8Array,
    readonly port: FramePort,
    private readonly woken: () => void,
  ) {}

  get linkUp(): boolean {
    return this.port.linkUp;
  }

  send(frame: Uint8Array): void {
    this.port.send(frame);
  }

  setReceiver(receiver: FrameReceiver | null): void {
    this.receiver = receiver;
    this.port.setReceiver(
      receiver && {
        receive: (frame) => {
          receiver.receive(frame);
          this.woken();
        },
        linkChanged: (up) => {
          receiver.linkChanged(up);
          this.woken();
        },
      },
    );
  }
}

/** A system with nothing but its protocol stack, driven as a kernel drives it: frames, an alarm, nothing else. */
export class Guest {
  stack: NetworkStack;
  state: NetworkState;
  private readonly adapters: { name: string; adapter: Adapter }[] = [];
  private readonly alarm: Alarm;

  constructor(
    readonly host: Host,
    readonly n: number,
    private readonly family: Family = 'nt5',
  ) {
    this.alarm = host.clock.alarm(`guest-${n}/stack`, () => {
      this.stack.runDue();
      this.rearm();
    });
    this.state = newNetworkState();
    this.stack = this.make();
  }

  private make(): NetworkStack {
    return new NetworkStack(this.state, {
      policy: networkPolicy(this.family),
      hostName: () => `guest${this.n}`,
      now: () => this.host.clock.now(),
    });
  }

  /** Plugs an adapter into a port of the external switch, or into another port. */
  plug(options: Partial<PortOptions> = {}, name = 'nic-0', mac = vmMac(this.n), port?: FramePort): this {
    const end =
      port ?? this.host.virtualSwitch.connect({ name: `vm-${this.n}/${name}`, kind: 'synthetic', mac, ...options });
    this.adapters.push({ name, adapter: new Adapter(mac, end, () => this.rearm()) });
    return this.sync();
  }

  unplug(name = 'nic-0'): this {
    this.drop(name);
    return this.sync();
  }

  /** Takes an adapter away without telling the stack yet. */
  drop(name = 'nic-0'): this {
    this.adapters.splice(
      this.adapters.findIndex((one) => one.name === name),
      1,
    );
    return this;
  }

  /** Hands a frame to the stack as its first adapter does. */
  hear(frame: Uint8Array): void {
    this.adapters[0]?.adapter.receiver?.receive(frame);
  }

  sync(): this {
    this.stack.sync(this.adapters);
    return this.rearm();
  }

  rearm(): this {
    const due = this.stack.nextDue();
    if (due === null) this.alarm.cancel();
    else if (this.alarm.due !== due) this.alarm.set(due);
    return this;
  }

  /** Takes over a saved state, as a kernel that was restored does: new objects over it. */
  restore(saved: NetworkState): void {
    this.state = clonePlain(saved);
    this.stack = this.make();
    this.stack.sync(this.adapters);
  }

  wait(seconds: number): this {
    this.host.clock.advanceBy(seconds * SECOND);
    return this;
  }

  get view(): InterfaceSnapshot | undefined {
    return this.stack.snapshot()[0];
  }

  /** `bound 192.168.1.100` */
  get status(): string {
    return `${this.view?.dhcp} ${this.view?.address}`;
  }

  /** One echo request, five seconds, and what became of it. */
  ping(target: string, bytes = 32, ttl?: number): string {
    if (!this.stack.echo(ip(target), bytes, ttl)) return 'no route';
    this.rearm().wait(5);
    return describe(this.stack.echoResult());
  }

  /** Asks for a name until it is known, as `ping` does. */
  lookUp(name: string, seconds = 20): string {
    for (let tenths = seconds * 10; tenths > 0; tenths--) {
      const answer = this.stack.resolve(name);
      this.rearm();
      if (answer.kind === 'address') return ipv4Text(answer.address);
      if (answer.kind === 'unknown') return 'unknown';
      this.wait(0.1);
    }
    return 'pending';
  }
}

function describe(result: EchoResult | null): string {
  if (result === null) return 'timeout';
  const from = ipv4Text(result.from);
  if (result.kind === 'reply') return `reply ${from} ${result.bytes} ttl ${result.ttl}`;
  return result.kind === 'expired' ? `expired ${from}` : `unreachable ${from} ${result.code}`;
}
