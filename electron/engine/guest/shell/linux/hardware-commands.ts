import { PCI_IDS_PATH } from '../../disk/paths';
import type { DeviceState } from '../../kernel/device';
import type { ShellContext } from '../context';
import { parsePciIds, type PciNames } from './pci-names';

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** Vendor, device and revision of a PCI device from what the kernel keeps in sysfs. */
function pciNumbers(device: DeviceState): { vendor: number; id: number } {
  const [, vendor = '0', id = '0'] = /^pci:v(\w{8})d(\w{8})/.exec(device.ids[0] ?? '') ?? [];
  return { vendor: Number.parseInt(vendor, 16), id: Number.parseInt(id, 16) };
}

function lspciLine(device: DeviceState, names: PciNames, withNumbers: boolean): string {
  const { vendor, id } = pciNumbers(device);
  const code = device.classCode >>> 8;
  const vendorName = names.vendors[vendor] ?? `Vendor ${hex(vendor, 4)}`;
  const deviceName = names.devices[vendor * 65_536 + id] ?? 'Device';
  const revision = device.revision === 0 ? '' : ` (rev ${hex(device.revision, 2)})`;
  const kind = (names.classes[code] ?? 'Unclassified device') + (withNumbers ? ` [${hex(code, 4)}]` : '');
  const numbers = withNumbers ? ` [${hex(vendor, 4)}:${hex(id, 4)}]` : '';
  return `${device.location} ${kind}: ${vendorName} ${deviceName}${numbers}${revision}`;
}

/** Lists PCI: what the kernel found, with names from the file of the distribution. Throws `SectorFault` through the volume. */
export function lspci(args: readonly string[], { kernel, terminal }: ShellContext): void {
  const names = parsePciIds(kernel.volume.files()?.readText(PCI_IDS_PATH) ?? '');
  const options = args.join('');
  const devices = kernel.state.devices.filter((device) => device.bus === 'pci');
  for (const device of devices) {
    terminal.line(lspciLine(device, names, options.includes('nn')));
    if (!options.includes('k') || device.service === null) continue;
    terminal.line(`\tKernel driver in use: ${device.service}`);
  }
}

/** Names that `lsvmbus` prints, by class (linux tools/hv/lsvmbus). */
const VMBUS_NAMES: Readonly<Record<string, string>> = {
  '0e0b6031-5213-4934-818b-38d90ced39db': '[Operating system shutdown]',
  '9527e630-d0ae-497b-adce-e80ab0175caf': '[Time Synchronization]',
  '57164f39-9115-4e78-ab55-382f3bd5422d': '[Heartbeat]',
  'a9a0f4e7-5a45-4d96-b827-8a841e8c03e6': '[Data Exchange]',
  '35fa2e29-ea23-4236-96ae-3a6ebacba440': '[Backup (volume checkpoint)]',
  '34d14be3-dee4-41c8-9ae7-6b174977c192': '[Guest services]',
  '525074dc-8985-46e2-8057-a307dc18a502': '[Dynamic Memory]',
  'cfa8b69e-5b4a-4cc0-b98b-8ba1a1f3f95a': 'Synthetic mouse',
  'f912ad6d-2b17-48ea-bd65-f927a61c7684': 'Synthetic keyboard',
  'da0a7802-e377-4aac-8e77-0558eb1073f8': 'Synthetic framebuffer adapter',
  'f8615163-df3e-46c5-913f-f2d2f965ed0e': 'Synthetic network adapter',
  '32412632-86cb-44a2-9b5c-50d1417354f5': 'Synthetic IDE Controller',
  'ba6163d9-04a1-4d29-b605-72e2ffb1dc7f': 'Synthetic SCSI Controller',
};

export function lsvmbus(_args: readonly string[], { kernel, terminal }: ShellContext): void {
  const hasBus = kernel.state.devices.some((device) => device.service === 'hv_vmbus' && device.status === 'started');
  if (!hasBus) return terminal.line("/sys/bus/vmbus/devices doesn't exist: exiting...");
  const channels = kernel.state.devices
    .filter((device) => device.bus === 'vmbus' && device.status !== 'gone')
    .sort((a, b) => a.address - b.address);
  for (const { address, offer } of channels) {
    terminal.line(`VMBUS ID ${String(address).padStart(2)}: ${VMBUS_NAMES[offer?.type ?? ''] ?? 'Unknown'}`);
  }
}

export function lsmod(_args: readonly string[], { kernel, profile, terminal }: ShellContext): void {
  terminal.line('Module                  Size  Used by');
  const users = new Map<string, number>();
  for (const { service, status } of kernel.state.devices) {
    if (service !== null && status === 'started') users.set(service, (users.get(service) ?? 0) + 1);
  }
  for (const [service, count] of [...users].reverse()) {
    const driver = profile.drivers.find((candidate) => candidate.service === service);
    if (driver) terminal.line(`${driver.inf.padEnd(20)} ${String(driver.bytes).padStart(7)}  ${count}`);
  }
}

/** `/proc/interrupts` of one processor with the 8259s. */
export function interruptTable({ kernel, terminal }: ShellContext): void {
  terminal.line('           CPU0');
  kernel.state.interrupts.counts.forEach((count, irq) => {
    const users = kernel.state.devices.filter(
      (device) =>
        device.status === 'started' && device.resources.some(({ kind, start }) => kind === 'irq' && start === irq),
    );
    if (count === 0 && users.length === 0 && irq !== 2) return;
    const names = irq === 2 ? 'cascade' : users.map((device) => interfaceOrService(device)).join(', ');
    terminal.line(`${String(irq).padStart(3)}: ${String(count).padStart(10)}          XT-PIC  ${names}`);
  });
  const synthetic = kernel.state.interrupts.hypervisor;
  if (synthetic > 0) terminal.line(`HYP: ${String(synthetic).padStart(10)}   Hypervisor callback interrupts`);
}

function interfaceOrService(device: DeviceState): string {
  if (device.className === 'Net') return device.interfaceName;
  return device.service === 'ide-channel' ? `ide${device.address}` : (device.service ?? '');
}
