import type { BlockStore } from '../base/block-store';
import type { MacAddress } from '../base/mac';
import type { MemoryPolicy } from '../parent/vsp/dynamic-memory/policy';

/** Boot devices of the Generation 1 firmware, in the words of its helper device. */
export type BootSource = 'cd' | 'ide' | 'legacyNetwork' | 'floppy';

/** A drive at a place of a controller: IDE 0-3 (controller * 2 + location), SCSI 0-63. */
export interface DriveDescription {
  /** Id of the drive in the settings: names it for media changes. */
  readonly id: string;
  readonly kind: 'hardDisk' | 'dvd';
  readonly place: number;
  /** Null: a DVD drive without a disc. */
  readonly store: BlockStore | null;
}

/** A network adapter of a machine. */
export interface AdapterDescription {
  readonly id: string;
  readonly kind: 'synthetic' | 'legacy';
  readonly mac: MacAddress;
}

export type ServiceName = 'shutdown' | 'timeSync' | 'dataExchange' | 'heartbeat' | 'backup' | 'guestServices';

/** Instance of a SCSI controller: its channel's GUID is the controller's id. */
export interface ScsiDescription {
  readonly id: string;
  readonly drives: readonly DriveDescription[];
}

/**
 * What a machine is made of: inert data, made from the settings by the worker, read once by the assembly. Nothing in the
 * finished machine can reach it.
 */
export interface MachineDescription {
  /** UUID of the machine: BIOS GUID, and prefix of its actors and alarms. */
  readonly id: string;
  readonly generation: 1 | 2;
  readonly memoryMB: number;
  /** How the host moves memory of the running machine; without it memory stays as it was at power-on. */
  readonly memory?: MemoryPolicy;
  readonly processors: number;
  /** Host id: chooses hypervisor profile, VMBus and provider versions. */
  readonly hostId: string;
  /** Highest VMBus protocol version of the host, `5.3`. */
  readonly vmbusVersion: string;
  readonly numLock: boolean;
  readonly bootOrder: readonly BootSource[];
  /** Generation 2: ids of drives and adapters, first tried first. */
  readonly firmwareOrder: readonly string[];
  readonly ide: readonly DriveDescription[];
  readonly scsi: readonly ScsiDescription[];
  /** The diskette in the drive of a Generation 1 machine; null: the drive is empty. */
  readonly diskette: BlockStore | null;
  readonly adapters: readonly AdapterDescription[];
  /** What the guest is told of its host and itself by data exchange. */
  readonly hostItems?: readonly (readonly [string, string])[];
  readonly services: Readonly<Record<ServiceName, boolean>>;
  /** Wall clock of the host when engine time is zero, milliseconds since 1970, read as local time without zone. */
  readonly epoch: number;
}
