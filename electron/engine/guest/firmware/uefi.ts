import { MILLISECOND, SECOND } from '../../clock/clock';
import { MMIO_GAP_START } from '../../memory/ram-layout';
import type { Processor } from '../../hypervisor/processor';
import { VmbusClient } from '../../vmbus/client/client';
import type { ClientOffer, VmbusListener } from '../../vmbus/client/driver';
import { VMBUS_VERSIONS } from '../../vmbus/protocol/versions';
import { TextConsole } from '../console/text-console';
import { KernelPages } from '../kernel/pages';
import { VmbusClass } from '../os/vmbus-classes';
import type { BootTarget } from './bios-state';
import type { BootDisks, BootDrive, BootServices } from './services';
import { readUefiConfig, type UefiBootEntry } from './uefi-config';
import { tryDrive, type DriveAttempt } from './uefi-drives';
import { newUefiNetwork, UefiNetwork, type UefiNetworkState } from './uefi-network';
import type { UefiState } from './uefi-state';
import { UefiStorage } from './uefi-storage';
import { bootSummary, BootStatus } from './uefi-summary';
import { ACPI_RESERVED, writeUefiTables } from './uefi-tables';

const VECTOR = 0xf3;
/** Identity before an operating system has its own: vendor Microsoft, system undefined. TLFS, "Guest OS Identity MSR". */
const FIRMWARE_ID = (1n << 48n) | (1n << 40n);
const LOGO_TIME = 1500 * MILLISECOND;
const PATIENCE = 10 * SECOND;
const MEGABYTE = 0x10_0000;

/**
 * The firmware of a Generation 2 machine. There is no board to program: everything that it can boot from is a channel of
 * VMBus. It goes through the boot order, and shows the boot summary when nothing has started. What it starts uses its console and
 * its disks until a kernel takes over.
 */
export class UefiFirmware implements VmbusListener, BootServices {
  readonly isUefi = true;
  readonly console: TextConsole;
  private readonly client: VmbusClient;
  private readonly pages: KernelPages;
  private readonly storage: UefiStorage;
  private network: UefiNetwork | null = null; // wiring over state.network

  constructor(
    private readonly processor: Processor,
    private readonly state: UefiState,
    private readonly now: () => number,
  ) {
    state.pages.end ||= Math.min(processor.memory.size, MMIO_GAP_START) - ACPI_RESERVED;
    this.pages = new KernelPages(state.pages);
    this.console = new TextConsole(processor, state.console);
    const { pages } = this;
    const versions = VMBUS_VERSIONS;
    this.client = new VmbusClient({ processor, pages, osId: FIRMWARE_ID, vector: VECTOR, versions, listener: this });
    if (state.client) this.client.restore(state.client);
    this.storage = new UefiStorage(state.storage, { processor, client: this.client, pages, now });
    if (state.network) this.network = this.wireNetwork(state.network);
  }

  private wireNetwork(state: UefiNetworkState): UefiNetwork {
    return new UefiNetwork(this.client, this.pages, this.processor, state, this.now);
  }

  get disks(): BootDisks {
    return this.storage;
  }

  get bootDrives(): readonly BootDrive[] {
    return this.storage.drives;
  }

  get memoryMB(): number {
    return Math.floor(this.processor.memory.size / MEGABYTE);
  }

  get memoryEnd(): number {
    return this.state.pages.end;
  }

  /** What was booted; null before. */
  get target(): BootTarget | null {
    return this.state.target;
  }

  /** What stands on the screen: logo, or the boot summary. */
  view(): { title: string; lines: readonly string[] } {
    if (this.state.step === 'summary')
      return { title: 'Virtual Machine Boot Summary', lines: bootSummary(this.state.entries) };
    return { title: 'Hyper-V', lines: this.state.network ? ['>>Start PXE over IPv4.'] : [] };
  }

  interrupt(vector: number): void {
    if (vector === VECTOR) this.client.interrupt();
  }

  /** Goes on; when to go on by itself, or null. */
  step(): number | null {
    for (;;) {
      const { step, until } = this.state;
      const isLate = this.now() >= until;
      if (step === 'logo' && isLate) this.connect();
      else if (step === 'connect' && isLate) this.beginScan();
      else if (step === 'scan' && (this.storage.scan() || isLate)) this.endScan();
      else if (step === 'entry') {
        const later = this.tryEntry(isLate);
        if (later !== null) return later;
      } else if (step === 'logo' || step === 'connect' || step === 'scan') return until;
      else return null;
    }
  }

  /** At power-on: how long the logo stands. */
  begin(): void {
    this.state.until = this.now() + LOGO_TIME;
  }

  private connect(): void {
    this.state.step = 'connect';
    this.state.until = this.now() + PATIENCE;
    this.client.connect();
  }

  connected(): void {
    // The offers follow.
  }

  failed(): void {
    this.state.until = this.now();
  }

  offered({ relid, interfaceType, instance }: ClientOffer): void {
    this.state.offers.push({ relid, type: interfaceType, instance });
  }

  offersDelivered(): void {
    this.state.until = this.now();
  }

  rescinded({ relid }: ClientOffer): void {
    this.state.offers = this.state.offers.filter((offer) => offer.relid !== relid);
  }

  unloaded(): void {
    if (this.state.step === 'leaving') this.state.step = 'left';
  }

  private beginScan(): void {
    this.state.step = 'scan';
    this.state.until = this.now() + PATIENCE;
    for (const { relid, type, instance } of this.state.offers)
      if (type === VmbusClass.scsi) this.storage.add(relid, instance);
  }

  private endScan(): void {
    this.state.order = readUefiConfig(this.processor.memory) ?? this.everything();
    this.nextEntry();
  }

  /** Without a boot order: drives as they were found, then network adapters. */
  private everything(): UefiBootEntry[] {
    const networks = this.state.offers.filter(({ type }) => type === VmbusClass.network);
    return [
      ...this.bootDrives.map(({ controller: instance, device: lun }) => ({ kind: 'drive', instance, lun }) as const),
      ...networks.map(({ instance }) => ({ kind: 'network', instance }) as const),
    ];
  }

  private nextEntry(): void {
    this.state.current++;
    this.network = this.state.network = null;
    this.state.discSectors = 0;
    const entry = this.state.order[this.state.current];
    this.state.step = entry ? 'entry' : 'summary';
    this.state.until = this.now() + PATIENCE;
    if (entry?.kind !== 'network') return;
    const offer = this.state.offers.find(({ instance }) => instance === entry.instance);
    if (!offer) return this.nextEntry(); // the adapter has gone
    this.state.network = newUefiNetwork(offer.relid);
    this.network = this.wireNetwork(this.state.network);
    this.network.start();
  }

  /** Goes on with the entry that is tried. Null: at once; otherwise when to look again. */
  private tryEntry(isLate: boolean): number | null {
    const entry = this.state.order[this.state.current];
    if (entry?.kind === 'drive') return this.tryDrive(entry);
    const { network } = this;
    if (!network) return this.report('Network Adapter', BootStatus.deviceError);
    const status = network.poll(isLate);
    if (status === null) return network.nextDue() ?? this.state.until;
    const { name } = network;
    network.end();
    return this.report(name, status);
  }

  private tryDrive(entry: Extract<UefiBootEntry, { kind: 'drive' }>): number | null {
    const busy = this.storage.poll();
    if (busy !== null) return busy;
    const attempt: DriveAttempt = { storage: this.storage, order: this.state.order, state: this.state };
    const verdict = tryDrive(entry, attempt);
    if (verdict.kind === 'wait') return this.storage.poll();
    if (verdict.kind === 'failed') return this.report(verdict.name, verdict.status);
    this.state.target = verdict.target;
    this.state.step = 'started';
    return null;
  }

  private report(name: string, status: string): null {
    this.state.entries.push({ name, status });
    this.nextEntry();
    return null;
  }

  /** ExitBootServices: leaves its tables in memory and the bus to the kernel. True when that is done; call again until then. */
  leave(): boolean {
    if (this.state.step === 'started') {
      writeUefiTables(this.processor, this.memoryEnd);
      this.state.step = 'leaving';
      this.client.unload();
    }
    return this.state.step === 'left';
  }

  /** Brings the state up to date before it is copied. */
  sync(): void {
    this.state.client = this.client.save();
  }
}
