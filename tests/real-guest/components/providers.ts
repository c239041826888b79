import type { Clock } from '@engine/clock/clock';
import { DynamicMemoryVsp } from '@engine/parent/vsp/dynamic-memory/dynamic-memory';
import { HeartbeatVsp } from '@engine/parent/vsp/ic/heartbeat';
import { KeyValuePairVsp } from '@engine/parent/vsp/ic/key-value-pair';
import { ShutdownVsp } from '@engine/parent/vsp/ic/shutdown';
import { TimeSyncVsp } from '@engine/parent/vsp/ic/time-sync';
import { IC_PROFILES } from '@engine/parent/vsp/ic/versions';
import { HOST_DM_VERSION } from '@engine/vmbus/protocol/dynamic-memory';
import type { VmbusServer } from '@engine/vmbus/server/server';
import type { ProcessorRam } from '../cpu/ram';
import { ElasticRam } from './elastic-ram';

const EPOCH_1601 = 116_444_736_000_000_000n; // 1970, in units of 100 ns
const MEGABYTE = 2 ** 20;
/** What our host's clock shows when the machine is switched on: a year that no real clock shows yet. */
export const HOST_TIME = Date.UTC(2031, 4, 6, 7, 8, 9);

/** What the guest is told of its host. */
export const HOST_ITEMS = [
  ['HostName', 'HV2022'],
  ['VirtualMachineName', 'Real guest'],
] as const;
const LEAST_MB = 128;

/** What the host makes of the machine's memory: at first as little as the guest can do with, then all there is. */
const policy = (minimumMB: number, maximumMB: number) => ({
  dynamic: true,
  minimumMB,
  maximumMB,
  bufferPercent: 20,
  weight: 5000,
});

/** Every component of one machine on its bus, as `machine/services` puts them there. */
export class Providers {
  readonly heartbeat: HeartbeatVsp;
  readonly shutdown: ShutdownVsp;
  readonly items: KeyValuePairVsp;
  readonly memory: DynamicMemoryVsp;
  /** Answers of the guest to the host's wish that it shut down. */
  readonly answers: string[] = [];

  constructor(
    vmbus: VmbusServer,
    clock: Clock,
    host: string,
    private readonly ram: ProcessorRam,
  ) {
    const versions = IC_PROFILES[host];
    const maxVersion = HOST_DM_VERSION[host];
    if (!versions || maxVersion === undefined) throw new Error(`a host of the age ${host} has no such components`);
    const hostTime = (): bigint => EPOCH_1601 + BigInt(HOST_TIME) * 10_000n + BigInt(Math.floor(clock.now() / 100));
    this.heartbeat = new HeartbeatVsp({ clock, versions: versions.heartbeat });
    const listener = {
      accepted: () => this.answers.push('accepted'),
      refused: (status: number) => this.answers.push(`refused ${status}`),
    };
    this.shutdown = new ShutdownVsp({ listener, versions: versions.shutdown });
    const timeSync = new TimeSyncVsp({ clock, hostTime, versions: versions.timeSync });
    this.items = new KeyValuePairVsp({ clock, versions: versions.keyValuePair, hostItems: HOST_ITEMS });
    this.memory = new DynamicMemoryVsp({
      clock,
      memory: new ElasticRam(ram),
      maxVersion,
      policy: policy(LEAST_MB, this.sizeMB),
    });
    for (const { device } of [this.heartbeat, this.shutdown, timeSync, this.items]) vmbus.add(device);
    vmbus.add(this.memory.device);
  }

  get sizeMB(): number {
    return this.ram.size / MEGABYTE;
  }

  /** How often the guest has told of its memory. */
  get reports(): number {
    return this.memory.device.save().counters.reports;
  }

  get leastMB(): number {
    return LEAST_MB;
  }

  /** From now on the guest is to have all of its memory. */
  returnMemory(): void {
    this.memory.setPolicy(policy(this.sizeMB, this.sizeMB));
  }
}
