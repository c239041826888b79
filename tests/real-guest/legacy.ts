import type { Checks } from './checks';
import { guestInterrupts, type RoadRun } from './road';

/** The driver for the emulated adapter is the guest's own, and nothing of it passes a ring. */
export function checkLegacy({ console, figures }: RoadRun, checks: Checks): void {
  checks.expectLine('tulip names our chip', console.find(/Digital DS21140 Tulip rev 32 at Port/));
  checks.expectLine('tulip reads the media from our serial ROM', console.find(/Using EEPROM-set media 100baseTx-FDX/));
  const cards = console.reports('pci').filter((line) => line.includes('0x1011 0x0009 0x020000'));
  checks.expect('the PCI bus has one DEC 21140', cards.length === 1, cards.join(', '));
  const driver = console.reports('card')[0] ?? '';
  checks.expect('the adapter is driven by tulip', driver.includes('driver=tulip '), driver);
  checks.expect('there is no VMBus device', console.reports('vmbus').length === 0, console.reports('vmbus').length);
  const stopped = console.find(/tulip_stop_rxtx\(\) failed/);
  checks.expect('the chip stops when it is told to', stopped === undefined, stopped ?? 'stopped');
  const taken = guestInterrupts(console, /eth0/);
  checks.expect('the chip interrupts the guest', taken > 0, `${taken} interrupts`);
  checks.expect('its registers are accessed', figures.portAccesses > 0, `${figures.portAccesses} port accesses`);
  checks.expect('frames move by DMA', figures.dmaTransfers > 0, `${figures.dmaTransfers} transfers`);
  const { ringSignals, ringPackets } = figures;
  checks.expect('no ring is used', ringSignals + ringPackets === 0, `${ringSignals} signals, ${ringPackets} packets`);
}
