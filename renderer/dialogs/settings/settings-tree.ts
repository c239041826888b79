import type { TreeNode } from '@renderer/components/tree';
import { SERVICES, type Controller, type Drive, type NetworkAdapter, type VmSettings } from '@shared/model/vm-settings';
import type { HostProfile } from '@shared/model/host-profile';
import { bootEntry } from './boot-details';

type Translate = (key: string, params?: Record<string, unknown>) => string;

/** What the tree needs to name its nodes. */
export interface TreeContext {
  readonly t: Translate;
  readonly host: HostProfile;
  readonly switchName: (id: string | null) => string | null;
  /** The settings before anything was edited: nodes that differ from them are bold blue. */
  readonly base: VmSettings;
}

const differs = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);
const baseName = (path: string): string => path.slice(path.lastIndexOf('\\') + 1);

/** The tree of the dialog: Hardware and Management, a node for each page. Ids name the page and, behind a colon, what it is about. */
export function settingsTree(draft: VmSettings, context: TreeContext): TreeNode[] {
  return [
    { id: 'hardware', label: context.t('settings.hardware'), section: true, children: hardware(draft, context) },
    { id: 'management', label: context.t('settings.management'), section: true, children: management(draft, context) },
  ];
}

function hardware(draft: VmSettings, context: TreeContext): TreeNode[] {
  const { t, base } = context;
  const { count } = draft.processor;
  return [
    { id: 'addHardware', label: t('settings.addHardware.node'), icon: 'add-hardware' },
    draft.generation === 1 ? biosNode(draft, context) : firmwareNode(draft, context),
    {
      id: 'memory',
      label: t('settings.memory.node'),
      sub: t('settings.memory.sub', { n: draft.memory.startupMB }),
      icon: 'memory',
      changed: differs(draft.memory, base.memory),
    },
    {
      id: 'processor',
      label: t('settings.processor.node'),
      sub: count === 1 ? t('settings.processor.one') : t('settings.processor.many', { n: count }),
      icon: 'processor',
      changed: differs(draft.processor, base.processor),
    },
    ...draft.controllers.map((controller) => controllerNode(controller, context)),
    ...draft.adapters.map((adapter) => adapterNode(adapter, context)),
    ...(draft.generation === 1 ? [disketteNode(draft, context)] : []),
  ];
}

function disketteNode({ diskette }: VmSettings, { t, base }: TreeContext): TreeNode {
  return {
    id: 'diskette',
    label: t('settings.diskette.node'),
    sub: diskette.path === null ? t('settings.controller.none') : baseName(diskette.path),
    icon: 'diskette',
    changed: differs(diskette, base.diskette),
  };
}

function biosNode(draft: VmSettings, { t, base }: TreeContext): TreeNode {
  const device = t(`settings.bios.${draft.bios.startupOrder[0] ?? 'cd'}Short`);
  return {
    id: 'bios',
    label: t('settings.bios.node'),
    sub: t('settings.bios.bootFrom', { device }),
    icon: 'bios',
    changed: differs(draft.bios, base.bios),
  };
}

function firmwareNode(draft: VmSettings, { t, base }: TreeContext): TreeNode {
  const first = bootEntry(draft, draft.firmware.bootOrder[0] ?? '');
  const sub = first
    ? t('settings.firmware.bootFrom', { device: t(`settings.firmware.${first.kind}`) })
    : t('settings.firmware.empty');
  return {
    id: 'firmware',
    label: t('settings.firmware.node'),
    sub,
    icon: 'firmware',
    changed: differs(draft.firmware, base.firmware),
  };
}

function controllerNode(controller: Controller, context: TreeContext): TreeNode {
  const { t, base } = context;
  const before = base.controllers.find(({ id }) => id === controller.id);
  return {
    id: `controller:${controller.id}`,
    label:
      controller.kind === 'ide'
        ? t('settings.controller.ide', { n: controller.number })
        : t('settings.controller.scsi'),
    icon: controller.kind,
    changed: !before,
    children: controller.drives.map(({ drive, location }) => {
      const place = before?.drives.find((each) => each.drive.id === drive.id);
      return driveNode(drive, differs(place, { location, drive }), context);
    }),
  };
}

function driveNode(drive: Drive, changed: boolean, { t }: TreeContext): TreeNode {
  return {
    id: `drive:${drive.id}`,
    label: t(`settings.controller.${drive.kind}`),
    sub: drive.path === null ? t('settings.controller.none') : baseName(drive.path),
    icon: drive.kind === 'dvd' ? 'dvd' : 'hard-drive',
    changed,
  };
}

function adapterNode(adapter: NetworkAdapter, { t, host, base, switchName }: TreeContext): TreeNode {
  const before = base.adapters.find(({ id }) => id === adapter.id);
  const advanced = (each: NetworkAdapter | undefined): unknown =>
    each && [each.mac, each.macSpoofing, each.dhcpGuard, each.routerGuard, each.mirror];
  const advancedChanged = differs(advanced(before), advanced(adapter));
  const own = (each: NetworkAdapter): unknown => [each.switchId, each.vlan, each.bandwidth];
  const ownChanged = !before || differs(own(before), own(adapter));
  const child: TreeNode = {
    id: `advanced:${adapter.id}`,
    label: t('settings.network.advanced'),
    changed: advancedChanged,
  };
  return {
    id: `network:${adapter.id}`,
    label: t(`settings.network.${adapter.kind}`),
    sub: switchName(adapter.switchId) ?? t('settings.network.notConnected'),
    icon: 'nic',
    changed: ownChanged || (!host.settings.adapterSubPages && advancedChanged),
    children: host.settings.adapterSubPages ? [child] : [],
  };
}

function management(draft: VmSettings, { t, base, host }: TreeContext): TreeNode[] {
  const offered = SERVICES.filter((service) => service !== 'guestServices' || host.settings.guestServices);
  const on = offered.filter((service) => draft.services[service]).length;
  const amount = on === 0 ? 'none' : on === offered.length ? 'all' : 'some';
  const node = (id: string, label: string, sub: string, icon: string, changed: boolean): TreeNode => ({
    id,
    label,
    sub,
    icon,
    changed,
  });
  return [
    node(
      'name',
      t('settings.name.node'),
      draft.name,
      'name',
      differs([draft.name, draft.notes], [base.name, base.notes]),
    ),
    node(
      'services',
      t('settings.services.node'),
      t(`settings.services.${amount}`),
      'services',
      differs(draft.services, base.services),
    ),
    node(
      'autoStart',
      t('settings.autoStart.node'),
      t(`settings.autoStart.${draft.autoStart.action}Sub`),
      'auto-start',
      differs(draft.autoStart, base.autoStart),
    ),
    node(
      'autoStop',
      t('settings.autoStop.node'),
      t(`settings.autoStop.${draft.autoStop}Sub`),
      'auto-stop',
      draft.autoStop !== base.autoStop,
    ),
  ];
}
