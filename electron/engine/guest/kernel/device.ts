import type { Resource } from '../acpi/resources';
import type { AtaChannelState } from '../drivers/ata/command';
import type { ProbeState } from '../drivers/ata/probe';
import type { AtaIdentity } from '../drivers/ata/identify';
import type { Dc21x4State } from '../drivers/dc21x4/state';
import type { HumanState } from '../drivers/human';
import type { KeyboardState } from '../drivers/i8042';
import type { OpticalState } from '../drivers/optical';
import type { StorvscDriverState } from '../drivers/storvsc';
import type { VmbusDriverState } from '../drivers/vmbus-state';
import type { DeviceClass } from '../os/profile';
import type { BalloonDriverState } from '../vsc/dynamic-memory/state';
import type { IcDriverState } from '../vsc/ic/state';
import type { NetvscState } from '../vsc/netvsc/state';

/** Device Manager's problem codes that this kernel gives. */
export const Problem = {
  none: 0,
  cannotStart: 10,
  noDriver: 28,
  driverCorrupt: 39,
} as const;

/** Which bus a device was found on. */
export type BusKind = 'root' | 'acpi' | 'pci' | 'ide' | 'fdc' | 'scsi' | 'vmbus' | 'hid';

/** Which code drives a device, with what it remembers. Plain. */
export type DriverState =
  | { kind: 'passive' }
  | { kind: 'ideController'; busMaster: number }
  | { kind: 'ideChannel'; dmaArea: number; channel: AtaChannelState; probe: ProbeState }
  | { kind: 'disk' }
  | OpticalState
  | Dc21x4State
  | KeyboardState
  | VmbusDriverState
  | NetvscState
  | StorvscDriverState
  | IcDriverState
  | BalloonDriverState
  | HumanState;

/** One node of the device tree. Plain. */
export interface DeviceState {
  readonly id: number;
  readonly parent: number | null;
  readonly bus: BusKind;
  /** Number on its bus: device and function, channel, drive, relid. */
  readonly address: number;
  /** Ids that a driver may match, most specific first. */
  readonly ids: readonly string[];
  /** Identity of this very device, the same at every boot. */
  readonly instance: string;
  readonly location: string;
  readonly resources: Resource[];
  /** 24-bit PCI class and revision; 0 for other buses. */
  readonly classCode: number;
  readonly revision: number;
  /** What the device calls itself: a disk's model. */
  readonly ownName: string;
  /** A disk (`ata`) or optical drive (`atapi`), whatever its controller. */
  readonly drive: { readonly kind: 'ata' | 'atapi'; readonly identity: AtaIdentity } | null;
  /** VMBus: interface type and instance of the offer. */
  readonly offer: { readonly type: string; readonly instance: string } | null;
  name: string;
  className: DeviceClass;
  /** `sda`, `sr0`: the node of a drive that its controller has named; empty otherwise. */
  readonly node: string;
  /** `eth0` for a network adapter of Linux; empty otherwise. */
  interfaceName: string;
  /** Service that drives it; null while there is none. */
  service: string | null;
  status: 'new' | 'starting' | 'started' | 'failed' | 'unknown' | 'gone';
  problem: number;
  driver: DriverState;
  /** The driver wants to be called at this time, and whether that is routine for which nobody waits. */
  wakeAt: number | null;
  isRoutine: boolean;
}

/** What a bus driver says about something it found. */
export interface FoundDevice {
  readonly bus: BusKind;
  readonly address: number;
  readonly ids: readonly string[];
  readonly instance: string;
  readonly location: string;
  readonly resources?: readonly Resource[];
  readonly classCode?: number;
  readonly revision?: number;
  readonly ownName?: string;
  readonly drive?: { readonly kind: 'ata' | 'atapi'; readonly identity: AtaIdentity };
  readonly offer?: { readonly type: string; readonly instance: string };
  readonly node?: string;
  /** The bus driver drives it itself: no match is looked for. */
  readonly service?: string;
}

export function makeDevice(id: number, parent: number | null, found: FoundDevice): DeviceState {
  return {
    id,
    parent,
    bus: found.bus,
    address: found.address,
    ids: found.ids,
    instance: found.instance,
    location: found.location,
    resources: [...(found.resources ?? [])],
    classCode: found.classCode ?? 0,
    revision: found.revision ?? 0,
    ownName: found.ownName ?? '',
    drive: found.drive ?? null,
    offer: found.offer ?? null,
    node: found.node ?? '',
    name: '',
    className: 'Unknown',
    interfaceName: '',
    service: found.service ?? null,
    status: 'new',
    problem: Problem.none,
    driver: { kind: 'passive' },
    wakeAt: null,
    isRoutine: false,
  };
}
