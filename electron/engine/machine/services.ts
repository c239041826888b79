import { macText, type MacAddress } from '../base/mac';
import type { DynamicMemoryVsp } from '../parent/vsp/dynamic-memory/dynamic-memory';
import { BackupVsp } from '../parent/vsp/ic/backup';
import { FileCopyVsp } from '../parent/vsp/ic/file-copy';
import { HeartbeatVsp } from '../parent/vsp/ic/heartbeat';
import { KeyValuePairVsp } from '../parent/vsp/ic/key-value-pair';
import { ShutdownVsp } from '../parent/vsp/ic/shutdown';
import { TimeSyncVsp } from '../parent/vsp/ic/time-sync';
import { IC_PROFILES, NEWEST_IC_PROFILE } from '../parent/vsp/ic/versions';
import { ApplicationState } from '../vmbus/protocol/ic-bodies';
import type { VspDevice } from '../vmbus/server/device';
import type { VmbusServer } from '../vmbus/server/server';
import type { MachineDescription, ServiceName } from './description';
import type { MachineParts } from './parts';

/** State of the heartbeat as Hyper-V Manager words it. */
export type HeartbeatText = 'noContact' | 'lostCommunication' | 'okApplicationsHealthy' | 'okNoApplicationData';

/** 1 January 1601 to 1 January 1970 in units of 100 ns. */
const EPOCH_1601 = 116_444_736_000_000_000n;

/** The integration components of one machine: offered while their box in the settings is ticked. */
export class Services {
  private readonly heartbeatVsp: HeartbeatVsp;
  private readonly shutdownVsp: ShutdownVsp;
  private readonly timeSync: TimeSyncVsp;
  readonly keyValuePairs: KeyValuePairVsp;
  readonly backup: BackupVsp;
  readonly fileCopy: FileCopyVsp;
  private readonly devices: ReadonlyMap<ServiceName, VspDevice>;
  private readonly offered = new Set<ServiceName>();

  constructor(
    { description, clock, units, wallClock }: MachineParts,
    private readonly vmbus: VmbusServer,
    /** Null on a host without Dynamic Memory. */
    readonly memory: DynamicMemoryVsp | null,
    /** Hardware addresses of the machine's network adapters. */
    private readonly macs: () => readonly MacAddress[],
  ) {
    const versions = IC_PROFILES[description.hostId] ?? NEWEST_IC_PROFILE;
    this.heartbeatVsp = new HeartbeatVsp({ clock, versions: versions.heartbeat });
    const listener = { accepted: () => undefined, refused: () => undefined };
    this.shutdownVsp = new ShutdownVsp({ listener, versions: versions.shutdown });
    const hostTime = (): bigint => EPOCH_1601 + BigInt(wallClock()) * 10_000n;
    this.timeSync = new TimeSyncVsp({ clock, hostTime, versions: versions.timeSync });
    this.keyValuePairs = new KeyValuePairVsp({
      clock,
      versions: versions.keyValuePair,
      hostItems: description.hostItems,
      adapters: () => macs().map((mac) => macText(mac, ':')),
    });
    this.backup = new BackupVsp({ versions: versions.backup });
    this.fileCopy = new FileCopyVsp({ versions: versions.fileCopy });
    this.devices = new Map<ServiceName, VspDevice>([
      ['shutdown', units.add('ic-shutdown', this.shutdownVsp.device)],
      ['timeSync', units.add('ic-time-sync', this.timeSync.device)],
      ['dataExchange', units.add('ic-key-value-pair', this.keyValuePairs.device)],
      ['heartbeat', units.add('ic-heartbeat', this.heartbeatVsp.device)],
      ['backup', units.add('ic-backup', this.backup.device)],
      ['guestServices', units.add('ic-file-copy', this.fileCopy.device)],
    ]);
    this.set(description.services);
  }

  /** Offers what is ticked and was not offered, and rescinds what is not ticked any more. */
  set(wanted: MachineDescription['services']): void {
    for (const [name, device] of this.devices) {
      if (wanted[name] && !this.offered.has(name)) {
        this.vmbus.add(device);
        this.offered.add(name);
      } else if (!wanted[name] && this.offered.delete(name)) this.vmbus.remove(device);
    }
  }

  /** The machine goes on after it stood still, paused or saved: its guest's clock is behind by that, and is set. */
  resumed(): void {
    if (this.offered.has('timeSync')) this.timeSync.synchronise();
  }

  /** Asks the guest to shut down. False when nobody is there to ask. */
  requestShutdown(): boolean {
    return this.offered.has('shutdown') && this.shutdownVsp.request({ force: true });
  }

  /** Null while the service is not offered. */
  get heartbeat(): HeartbeatText | null {
    if (!this.offered.has('heartbeat')) return null;
    const { contact, applications } = this.heartbeatVsp.status;
    if (contact !== 'ok') return contact;
    return applications === ApplicationState.Healthy ? 'okApplicationsHealthy' : 'okNoApplicationData';
  }

  /** All IPv4 addresses that the guest reports. */
  get addresses(): readonly string[] {
    return this.offered.has('dataExchange') ? this.keyValuePairs.ipv4 : [];
  }

  /**
   * Those of one adapter. A guest reports addresses without their adapters: where there is only one they are its own, else it is what the
   * guest answered when it was asked for this adapter; nothing where it cannot be asked.
   */
  addressesOf(mac: MacAddress): readonly string[] {
    if (this.macs().length === 1) return this.addresses;
    return this.offered.has('dataExchange') ? (this.keyValuePairs.addressOf(macText(mac, ':'))?.addresses ?? []) : [];
  }
}
