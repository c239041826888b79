import type { HostProfile } from '@shared/model/host-profile';
import type { NewVmRequest } from '@shared/model/new-vm';
import {
  BOOT_DEVICES,
  type Controller,
  type Drive,
  type NetworkAdapter,
  type VmSettings,
} from '@shared/model/vm-settings';

/** Makes ids; the application gives real UUIDs, tests a sequence. */
export type NewId = () => string;

/** A network adapter as Add Hardware or the wizard makes it: connected to `switchId`, dynamic MAC address. */
export function newAdapter(kind: NetworkAdapter['kind'], switchId: string | null, newId: NewId): NetworkAdapter {
  return {
    id: newId(),
    kind,
    name: kind === 'legacy' ? 'Legacy Network Adapter' : 'Network Adapter',
    switchId,
    vlan: { enabled: false, id: 2 },
    mac: { mode: 'dynamic', address: null },
    macSpoofing: false,
    dhcpGuard: false,
    routerGuard: false,
    bandwidth: { enabled: false, minimum: 0, maximum: 0 },
    mirror: 'none',
  };
}

/**
 * The settings of the machine that the wizard asks for. `diskPath` is the disk to attach, or null. Network installation on
 * Generation 1 gives a legacy adapter, because only that one has a boot ROM, and puts it first in the startup order; a bootable
 * diskette goes into its drive, which comes first then.
 */
export function settingsFor(
  request: NewVmRequest,
  host: HostProfile,
  diskPath: string | null,
  newId: NewId,
): VmSettings {
  const { install } = request;
  const network = install.kind === 'network';
  const adapter = newAdapter(network && request.generation === 1 ? 'legacy' : 'synthetic', request.switchId, newId);
  const controllers =
    request.generation === 1
      ? generation1Controllers(request, diskPath, newId)
      : generation2Controllers(request, diskPath, newId);
  const drives = controllers.flatMap((controller) => controller.drives.map(({ drive }) => drive));
  const order = network
    ? [adapter.id, ...drives.map(({ id }) => id)]
    : [...byKind(drives, 'dvd'), ...byKind(drives, 'hardDisk'), adapter.id];
  return {
    name: request.name,
    notes: '',
    generation: request.generation,
    bios: { numLock: false, startupOrder: startupOrder(install.kind) },
    firmware: { secureBoot: request.generation === 2, bootOrder: request.generation === 2 ? order : [] },
    memory: memoryFor(request, host),
    processor: { count: 1, reservePercent: 0, limitPercent: 100, relativeWeight: 100 },
    controllers,
    diskette: { path: install.kind === 'floppy' ? install.path : null },
    adapters: [adapter],
    services: {
      shutdown: true,
      timeSync: true,
      dataExchange: true,
      heartbeat: true,
      backup: true,
      guestServices: false,
    },
    autoStart: { action: 'ifRunning', delaySeconds: 0 },
    autoStop: 'save',
  };
}

function byKind(drives: readonly Drive[], kind: Drive['kind']): string[] {
  return drives.filter((drive) => drive.kind === kind).map(({ id }) => id);
}

function startupOrder(install: NewVmRequest['install']['kind']): VmSettings['bios']['startupOrder'] {
  const first = install === 'network' ? 'legacyNetwork' : install === 'floppy' ? 'floppy' : 'cd';
  return [first, ...BOOT_DEVICES.filter((device) => device !== first)];
}

function memoryFor(request: NewVmRequest, host: HostProfile): VmSettings['memory'] {
  return {
    startupMB: request.memoryMB,
    dynamic: request.dynamicMemory,
    minimumMB: Math.min(512, request.memoryMB),
    maximumMB: Math.max(request.memoryMB, Math.min(1_048_576, host.wizard.maximumMemoryMB)),
    bufferPercent: 20,
    weight: 5000,
  };
}

function generation1Controllers(request: NewVmRequest, diskPath: string | null, newId: NewId): Controller[] {
  const disk: Drive | null = diskPath === null ? null : { id: newId(), kind: 'hardDisk', path: diskPath };
  const dvd: Drive = { id: newId(), kind: 'dvd', path: request.install.kind === 'image' ? request.install.path : null };
  return [
    { id: newId(), kind: 'ide', number: 0, drives: disk ? [{ location: 0, drive: disk }] : [] },
    { id: newId(), kind: 'ide', number: 1, drives: [{ location: 0, drive: dvd }] },
    { id: newId(), kind: 'scsi', number: 0, drives: [] },
  ];
}

function generation2Controllers(request: NewVmRequest, diskPath: string | null, newId: NewId): Controller[] {
  const drives: Controller['drives'] = [];
  if (diskPath !== null) drives.push({ location: 0, drive: { id: newId(), kind: 'hardDisk', path: diskPath } });
  if (request.install.kind === 'image')
    drives.push({ location: 1, drive: { id: newId(), kind: 'dvd', path: request.install.path } });
  return [{ id: newId(), kind: 'scsi', number: 0, drives }];
}
