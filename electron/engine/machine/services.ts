import type { Unit } from '../base/unit';
import type { DynamicMemoryVsp } from '../parent/vsp/dynamic-memory/dynamic-memory';
import { BackupVsp } from '../parent/vsp/ic/backup';
import { FileCopyVsp } from '../parent/vsp/ic/file-copy';
import { HeartbeatVsp } from '../parent/vsp/ic/heartbeat';
import type { IcChannel } from '../parent/vsp/ic/ic-channel';
import { KeyValuePairVsp } from '../parent/vsp/ic/key-value-pair';
import { ShutdownVsp } from '../parent/vsp/ic/shutdown';
import { TimeSyncVsp } from '../parent/vsp/ic/time-sync';
import { IC_PROFILES, NEWEST_IC_PROFILE } from '../parent/vsp/ic/versions';
import { ApplicationState } from '../vmbus/protocol/ic-bodies';
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
  readonly keyValuePairs: KeyValuePairVsp;
  readonly backup: BackupVsp;
  readonly fileCopy: FileCopyVsp;
  private readonly devices: ReadonlyMap<ServiceName, IcChannel>;
  private readonly offered = new Set<ServiceName>();

  constructor(
    { description, clock, units, wallClock }: MachineParts,
    private readonly vmbus: VmbusServer,
    /** Null on a host without Dynamic Memory. */
    readonly memory: DynamicMemoryVsp | null,
  ) {
    const versions = IC_PROFILES[description.hostId] ?? NEWEST_IC_PROFILE;
    const add = <S, U extends Unit<S>>(name: string, unit: U & Unit<S>): U => units.add(`ic-${name}`, unit);
    this.heartbeatVsp = add('heartbeat', new HeartbeatVsp({ clock, versions: versions.heartbeat }));
    const listener = { accepted: () => undefined, refused: () => undefined };
    this.shutdownVsp = add('shutdown', new ShutdownVsp({ listener, versions: versions.shutdown }));
    const hostTime = (): bigint => EPOCH_1601 + BigInt(wallClock()) * 10_000n;
    const timeSync = add('time-sync', new TimeSyncVsp({ clock, hostTime, versions: versions.timeSync }));
    this.keyValuePairs = add('key-value-pair', new KeyValuePairVsp({ clock, versions: versions.keyValuePair, hostItems: description.hostItems }));
    this.backup = add('backup', new BackupVsp({ versions: versions.backup }));
    this.fileCopy = add('file-copy', new FileCopyVsp({ versions: versions.fileCopy }));
    this.devices = new Map<ServiceName, IcChannel>([
      ['shutdown', this.shutdownVsp.device],
      ['timeSync', timeSync.device],
      ['dataExchange', this.keyValuePairs.device],
      ['heartbeat', this.heartbeatVsp.device],
      ['backup', this.backup.device],
      ['guestServices', this.fileCopy.device],
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

  /** IPv4 addresses in the order in which the guest reports its adapters. */
  get addresses(): readonly string[] {
    return this.offered.has('dataExchange') ? this.keyValuePairs.ipv4 : [];
  }
}
