import { Random } from '../base/random';
import type { InspectNode } from '../base/unit';
import type { Disposable } from '../base/disposable';
import { parseMac } from '../base/mac';
import { EngineClock } from '../clock/clock';
import { MemoryBalancer } from '../parent/memory-balancer';
import { PhysicalNic } from '../parent/physical/physical-nic';
import { SimulatedLan, type LanSize } from '../parent/physical/simulated-lan';
import { TraceKind } from '../trace/kinds';
import { Trace } from '../trace/trace';
import type { PortSettings } from '../vswitch/port-settings';
import type { SwitchPort } from '../vswitch/switch-port';
import { VirtualSwitch, type SwitchKind } from '../vswitch/virtual-switch';
import type { MachineDescription } from './description';
import { Machine, type MachineState } from './machine';

/** What the simulated host is. */
export interface SimulatedHostOptions {
  readonly seed: number;
  /** Wall clock when engine time is zero: milliseconds since 1970, read as local time without a zone. */
  readonly epoch: number;
  /** Description of the physical network adapter. */
  readonly nicDescription: string;
  /** Memory of the host for its machines, in megabytes; without it there is always enough. */
  readonly memoryMB?: number;
  /** Addresses of the physical network; those of a small office when absent. */
  readonly lan?: LanSize;
}

/** A switch as management knows it. */
export interface SwitchDescription {
  readonly id: string;
  readonly name: string;
  readonly kind: SwitchKind;
}

/** How an adapter is connected. */
export type Connection = Pick<PortSettings, 'mac' | 'vlan' | 'allowMacSpoofing' | 'dhcpGuard' | 'routerGuard'> &
  Partial<Pick<PortSettings, 'bandwidth' | 'mirror'>> & {
    readonly switchId: string | null;
    readonly kind: 'synthetic' | 'legacy';
  };

/** Told when a machine ends by itself. */
export interface HostEvents {
  poweredOff(machineId: string): void;
  faulted(machineId: string, error: unknown): void;
  /** The guest has taken the disc out of a DVD drive. Called inside its step: nothing may be done to the machine now. */
  discEjected?(machineId: string, driveId: string): void;
}

const NIC_MAC = parseMac('001AA0C0FFEE') ?? new Uint8Array(6);

/**
 * One simulated computer with Hyper-V: the engine's clock, trace and random source, the physical network card on its LAN, the
 * virtual switches and the machines that are on. Everything that enters from outside enters here, is recorded, and has a time.
 */
export class SimulatedHost {
  readonly clock = new EngineClock();
  readonly trace = new Trace(this.clock);
  readonly random: Random;
  readonly lan: SimulatedLan;
  readonly nic: PhysicalNic;
  private readonly switches = new Map<string, VirtualSwitch>();
  readonly memory: MemoryBalancer;
  private readonly machines = new Map<string, Machine>();
  private readonly shares = new Map<string, Disposable>();
  private readonly ports = new Map<string, { switchId: string; port: SwitchPort }>();
  private readonly names = new Map<string, string>();
  private readonly inputs: number;

  constructor(
    private readonly options: SimulatedHostOptions,
    private readonly events: HostEvents,
  ) {
    this.random = new Random(options.seed);
    this.memory = new MemoryBalancer(options.memoryMB ?? Infinity);
    this.inputs = this.trace.actor('input');
    this.lan = new SimulatedLan(this.clock, this.trace, 'lan', options.lan);
    this.nic = new PhysicalNic({ name: options.nicDescription, mac: NIC_MAC }, this.lan.plug('host', NIC_MAC));
  }

  /** Wall clock of the host: milliseconds since 1970, local time without a zone. */
  wallClock(): number {
    return this.options.epoch + Math.floor(this.clock.now() / 1e6);
  }

  /** Brings the switches to what management has: makes, renames and removes. The external one gets the physical card. */
  setSwitches(wanted: readonly SwitchDescription[]): void {
    for (const [id, known] of this.switches) if (!wanted.some((each) => each.id === id)) this.removeSwitch(id, known);
    for (const { id, name, kind } of wanted) {
      const known = this.switches.get(id);
      if (known) known.name = name;
      else this.addSwitch(id, name, kind);
    }
  }

  private addSwitch(id: string, name: string, kind: SwitchKind): void {
    const made = new VirtualSwitch(this.clock, this.trace, { id: `switch/${id}`, name, kind });
    this.switches.set(id, made);
    if (kind === 'external' && this.nic.boundPort === null) this.nic.bind(made);
  }

  private removeSwitch(id: string, known: VirtualSwitch): void {
    if (this.nic.boundPort && known.uplink === this.nic.boundPort) this.nic.unbind();
    known.dispose();
    this.switches.delete(id);
  }

  /** The switch with this id, for looking into it. */
  switch(id: string): VirtualSwitch | null {
    return this.switches.get(id) ?? null;
  }

  /** The machine with this id while it is on. */
  machine(id: string): Machine | null {
    return this.machines.get(id) ?? null;
  }

  /** Switches a machine on, from a saved state if there is one. Throws when the state does not fit; then nothing is on. */
  powerOn(
    description: MachineDescription,
    connections: ReadonlyMap<string, Connection>,
    state: MachineState | null,
  ): Machine {
    const { id } = description;
    const name = this.nameOf(id);
    this.input('power', 1);
    const machine = new Machine(name, description, {
      clock: this.clock,
      trace: this.trace,
      wallClock: () => this.wallClock(),
      balancer: this.memory,
      poweredOff: () => this.events.poweredOff(id),
      faulted: (error) => this.events.faulted(id, error),
      discEjected: (driveId) => this.events.discEjected?.(id, driveId),
    });
    this.machines.set(id, machine);
    this.shares.set(id, this.memory.join(machine.memory));
    try {
      if (state) machine.restore(state);
      for (const [adapterId, connection] of connections) this.connect(id, adapterId, connection);
      if (state) machine.resume();
      else machine.start();
    } catch (error) {
      this.powerOff(id);
      throw error;
    }
    return machine;
  }

  /** Takes a machine off the host at once; its guest is not told. */
  powerOff(id: string): void {
    this.input('power', 0);
    for (const key of [...this.ports.keys()]) if (key.startsWith(`${id}/`)) this.unplug(key);
    this.shares.get(id)?.dispose();
    this.shares.delete(id);
    this.machines.get(id)?.dispose();
    this.machines.delete(id);
  }

  /** Connects an adapter as its settings say; a cable that is where it should be stays there. */
  connect(machineId: string, adapterId: string, connection: Connection): void {
    const { switchId, kind, ...settings } = connection;
    const key = `${machineId}/${adapterId}`;
    const known = this.ports.get(key);
    if (known && known.switchId === switchId) return known.port.configure(settings);
    this.unplug(key);
    const target = switchId === null ? undefined : this.switches.get(switchId);
    if (!target || switchId === null) return this.machines.get(machineId)?.plug(adapterId, null);
    const port = target.connect({ name: `${this.nameOf(machineId)}/${adapterId}`, kind, ...settings });
    this.ports.set(key, { switchId, port });
    this.machines.get(machineId)?.plug(adapterId, port);
  }

  /** An adapter that has been taken out of its machine: its port on the switch goes. */
  disconnect(machineId: string, adapterId: string): void {
    this.unplug(`${machineId}/${adapterId}`);
  }

  private unplug(key: string): void {
    this.ports.get(key)?.port.dispose();
    this.ports.delete(key);
  }

  /** Records something that a person or management did: part of the trace, so that two runs can be compared. */
  input(
    kind: 'power' | 'key' | 'media' | 'settings' | 'pause' | 'desktop' | 'pointer',
    operand: number,
    second = 0,
  ): void {
    const kinds = { power: 1, key: 2, media: 3, settings: 4, pause: 5, desktop: 6, pointer: 7 };
    this.trace.record(this.inputs, TraceKind.Input, kinds[kind], operand, second);
  }

  /** The same for each life of a machine: `vm-1` for the first that was ever on. */
  nameOf(machineId: string): string {
    const known = this.names.get(machineId);
    if (known) return known;
    const name = `vm-${this.names.size + 1}`;
    this.names.set(machineId, name);
    return name;
  }

  inspect(): { [key: string]: InspectNode } {
    return {
      clock: this.clock.inspect(),
      trace: this.trace.inspect(),
      nic: this.nic.inspect(),
      lan: this.lan.inspect(),
      switches: [...this.switches.values()].map((each) => each.inspect()),
      machines: Object.fromEntries([...this.machines].map(([id, machine]) => [id, machine.inspect()])),
    };
  }
}
