import type { BlockStore } from '@engine/base/block-store';
import { parseMac } from '@engine/base/mac';
import type { AdapterDescription, BootSource, DriveDescription, MachineDescription } from '@engine/machine/description';
import type { MemoryPolicy } from '@engine/parent/vsp/dynamic-memory/policy';
import type { HostProfile } from '@shared/model/host-profile';
import type { VmRecord } from '@shared/model/inventory';
import {
  drivesOf,
  type BootDevice,
  type Controller,
  type NetworkAdapter,
  type VmSettings,
} from '@shared/model/vm-settings';
import type { DriveFile } from './attachments';

const BOOT_SOURCES: Readonly<Record<BootDevice, BootSource>> = {
  cd: 'cd',
  ide: 'ide',
  legacyNetwork: 'legacyNetwork',
  floppy: 'floppy',
};

/** The one diskette drive of a machine, among the drives that it holds open. */
export const DISKETTE_DRIVE = 'diskette';

/** Opens what a drive holds; null for an empty DVD or diskette drive. */
export type OpenDrive = (drive: DriveFile) => BlockStore | null;

/** All drives of a machine with what its settings put into them. */
export function driveFiles(settings: VmSettings): DriveFile[] {
  const diskette: DriveFile[] =
    settings.generation === 1 ? [{ id: DISKETTE_DRIVE, kind: 'diskette', path: settings.diskette.path }] : [];
  return [...drivesOf(settings).map(({ drive: { id, kind, path } }) => ({ id, kind, path })), ...diskette];
}

/** Turns a machine's record into the inert description that the engine assembles, with its disks open. */
export function describeMachine(vm: VmRecord, host: HostProfile, epoch: number, open: OpenDrive): MachineDescription {
  const { settings } = vm;
  const drives = (controller: Controller, first: number): DriveDescription[] =>
    controller.drives.map(({ location, drive }) => ({
      id: drive.id,
      kind: drive.kind,
      place: first + location,
      store: open(drive),
    }));
  return {
    id: vm.id,
    generation: settings.generation,
    memoryMB: settings.memory.startupMB,
    memory: memoryPolicy(settings, host),
    processors: settings.processor.count,
    hostId: host.id,
    vmbusVersion: host.versions.vmbus,
    numLock: settings.bios.numLock,
    bootOrder: settings.bios.startupOrder.map((device) => BOOT_SOURCES[device]),
    firmwareOrder: settings.firmware.bootOrder,
    ide: settings.controllers
      .filter(({ kind }) => kind === 'ide')
      .flatMap((controller) => drives(controller, controller.number * 2)),
    scsi: settings.controllers
      .filter(({ kind }) => kind === 'scsi')
      .map((controller) => ({ id: controller.id, drives: drives(controller, 0) })),
    diskette:
      settings.generation === 1 ? open({ id: DISKETTE_DRIVE, kind: 'diskette', path: settings.diskette.path }) : null,
    adapters: settings.adapters.flatMap(describeAdapter),
    services: settings.services,
    hostItems: hostItems(vm, host),
    epoch,
  };
}

/** Names as a Windows guest finds them in its registry, under `Virtual Machine\\Guest\\Parameters`. */
function hostItems({ id, settings }: VmRecord, { computerName, build }: HostProfile): [string, string][] {
  const [major = '', minor = ''] = build.split('.');
  return [
    ['HostName', computerName],
    ['HostingSystemOsMajor', major],
    ['HostingSystemOsMinor', minor],
    ['PhysicalHostName', computerName],
    ['PhysicalHostNameFullyQualified', computerName],
    ['VirtualMachineDynamicMemoryBalancingEnabled', settings.memory.dynamic ? '1' : '0'],
    ['VirtualMachineId', id.toUpperCase()],
    ['VirtualMachineName', settings.name],
  ];
}

/** How memory moves, in the engine's words. Before 2012 there was no minimum below the startup memory. */
export function memoryPolicy({ memory }: VmSettings, host: HostProfile): MemoryPolicy {
  const { dynamic, startupMB, minimumMB, maximumMB, bufferPercent, weight } = memory;
  return {
    dynamic,
    minimumMB: host.settings.dynamicMemoryMinimum ? minimumMB : startupMB,
    maximumMB,
    bufferPercent,
    weight,
  };
}

/** An adapter has its address by now; one without (a damaged document) is not plugged in. */
function describeAdapter({ id, kind, mac }: NetworkAdapter): AdapterDescription[] {
  const address = mac.address === null ? null : parseMac(mac.address);
  return address ? [{ id, kind, mac: address }] : [];
}
