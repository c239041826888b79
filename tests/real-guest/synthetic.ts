import { Netvsp } from '@engine/parent/vsp/netvsp/netvsp';
import { DeviceClass } from '@engine/vmbus/protocol/classes';
import { HOST_VMBUS_VERSION, versionText } from '@engine/vmbus/protocol/versions';
import type { Checks } from './checks';
import { guestInterrupts, type RoadRun } from './road';

/** The VSC is the guest's own, and no emulated adapter is touched. */
export function checkSynthetic({ console, figures, machine }: RoadRun, checks: Checks): void {
  const version = `Vmbus version:${versionText(HOST_VMBUS_VERSION[machine.lab.host] ?? 0)}`;
  checks.expectLine(`hv_vmbus agrees on ${version}`, console.find(new RegExp(`${version.replace('.', '\\.')}$`)));
  checks.expectLine('hv_netvsc registers', console.find(/hv_vmbus: registering driver hv_netvsc/));
  const offers = console.reports('vmbus').filter((line) => line.includes(`{${DeviceClass.Network}}`));
  checks.expect('it knows our offer', offers.length === 1, offers.join(', '));
  const card = console.reports('card')[0] ?? '';
  checks.expect('the adapter is driven by hv_netvsc', card.includes('driver=hv_netvsc '), card);
  const taken = guestInterrupts(console, /Hypervisor callback/);
  checks.expect('the SynIC interrupts the guest', taken > 0, `${taken} interrupts`);
  const { ringSignals, ringPackets, hypercalls } = figures;
  checks.expect(
    'rings are signalled',
    ringSignals > 0,
    `${ringSignals} signals, ${ringPackets} packets, ${hypercalls} hypercalls`,
  );
  const cards = console.reports('pci').filter((line) => line.includes('0x1011'));
  checks.expect('no port of a 21140 is accessed', figures.portAccesses + cards.length === 0, figures.portAccesses);
  checks.expect('nothing moves by DMA', figures.dmaTransfers === 0, figures.dmaTransfers);
  const network = machine.adapter instanceof Netvsp ? machine.adapter.save().counters : null;
  checks.expect(
    'the driver leaves checksums and large packets to its adapter',
    (network?.checksums ?? 0) > 0 && (network?.segmented ?? 0) > 0 && network?.malformed === 0,
    `${network?.checksums} checksums, ${network?.segmented} large packets cut`,
  );
  const { channels, gpadls, counters } = machine.vmbus.save();
  const open = channels.filter(({ phase }) => phase !== 'closed');
  checks.expect(
    'unloading closes the channel and takes all buffers back',
    open.length + gpadls.length === 0,
    `${gpadls.length} buffers`,
  );
  const odd = Object.entries(counters).filter(([, count]) => count > 0);
  checks.expect('no channel message is out of order', odd.length === 0, odd.join(', ') || 'none');
}
