import type { SimulatedHost } from '@engine/machine/simulated-host';
import type { HostProfile } from '@shared/model/host-profile';
import type { VmRecord } from '@shared/model/inventory';
import type { AttachmentReservation } from './attachments';
import { connectionsOf } from './connections';
import { memoryPolicy } from './describe';
import { changeMedia, plugAdapters, plugDisks } from './hot-plug';
import type { Running } from './running-machine';

/** Makes a running machine what its settings have become. The files that these name are open already; files that went are closed. */
export function takeOver(
  entry: Running,
  vm: VmRecord,
  files: AttachmentReservation,
  host: SimulatedHost,
  profile: HostProfile,
): void {
  const { machine } = entry;
  const before = entry.vm.settings;
  entry.vm = vm;
  host.input('settings', 0);
  changeMedia(machine, files, before, vm.settings, (store) => host.input('media', store ? 1 : 0));
  plugDisks(machine, files, before, vm.settings);
  files.take();
  plugAdapters(machine, before, vm.settings, (adapterId) => host.disconnect(vm.id, adapterId));
  for (const [adapterId, connection] of connectionsOf(vm)) host.connect(vm.id, adapterId, connection);
  machine.services.set(vm.settings.services);
  machine.services.memory?.setPolicy(memoryPolicy(vm.settings, profile));
}
