import { unconnectedLine } from '../base/interrupt-line';
import { PowerManagement } from '../chipset/piix4/power-management';
import { ResetControl } from '../chipset/reset-control';
import { Rtc } from '../chipset/rtc/rtc';
import { PM_BASE } from '../guest/firmware/board';
import { writeUefiConfig, type UefiBootEntry } from '../guest/firmware/uefi-config';
import type { MachineDescription } from './description';
import type { MachineParts } from './parts';

/** What little a Generation 2 machine has besides VMBus: real-time clock, reset control and power management at fixed ports (OpenVMM, vm_manifest_builder). */
export function buildGeneration2({
  ports,
  clock,
  units,
  wallClock,
  requestPowerOff,
  requestReset,
}: MachineParts): void {
  units.add('reset', new ResetControl({ ports, onReset: requestReset }));
  units.add('rtc', new Rtc({ name: 'rtc', ports, clock, interrupt: unconnectedLine, wallClock }));
  units.add(
    'pm',
    new PowerManagement({
      name: 'pm',
      ports,
      clock,
      interrupt: unconnectedLine,
      onPowerOff: requestPowerOff,
      fixedBase: PM_BASE,
    }),
  );
}

/** Leaves the boot order for the firmware: the ids of the settings as what they are on VMBus. */
export function configureFirmware(
  { memory }: Pick<MachineParts, 'memory'>,
  { firmwareOrder, scsi, adapters }: MachineDescription,
): void {
  const entries = firmwareOrder.flatMap((id): UefiBootEntry[] => {
    if (adapters.some((adapter) => adapter.id === id)) return [{ kind: 'network', instance: id }];
    const controller = scsi.find(({ drives }) => drives.some((drive) => drive.id === id));
    const lun = controller?.drives.find((drive) => drive.id === id)?.place;
    return controller && lun !== undefined ? [{ kind: 'drive', instance: controller.id, lun }] : [];
  });
  writeUefiConfig(memory, entries);
}
