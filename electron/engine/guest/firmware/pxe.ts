import { macText } from '../../base/mac';
import type { Processor } from '../../hypervisor/processor';
import type { TextConsole } from '../console/text-console';
import { Csrs, hasLink, readSrom, sromMac } from '../drivers/dc21x4/csr';
import { PciConfig, sizeBars, type PciFound } from '../hardware/pci-config';

/** The boot ROM of the legacy network adapter: texts of the Preboot Execution Environment 2.1, appendix of error codes. */
export class PxeRom {
  constructor(
    private readonly processor: Processor,
    private readonly console: TextConsole,
  ) {}

  /** Tries to boot from the network through `card`; returns when it has given up. */
  boot(card: PciFound, guid: string): void {
    const io = sizeBars(new PciConfig(this.processor), card.device, card.fn).find((bar) => bar.kind === 'io');
    if (!io || io.base === 0) return;
    const csrs = new Csrs(this.processor, io.base);
    const mac = sromMac(readSrom(csrs));
    this.console.writeLine('Hyper-V');
    this.console.writeLine('PXE Network Boot 09.14.2011');
    this.console.writeLine();
    this.console.writeLine(`CLIENT MAC ADDR: ${mac ? macText(mac, ' ') : 'unreadable'}  GUID: ${guid}`);
    if (!hasLink(csrs)) this.console.writeLine('PXE-E61: Media test failure, check cable');
    this.console.writeLine('PXE-M0F: Exiting PXE ROM.');
    this.console.writeLine();
  }
}
