/**
 * A guest operating system as data: what it is called, which drivers its medium carries and which ids they match, how it
 * boots and how it looks. Code asks the profile; nothing asks which profile it is.
 */

/** Set-up classes of Windows, also used for Linux modules; they give Device Manager its categories. */
export type DeviceClass =
  | 'Computer'
  | 'System'
  | 'HDC'
  | 'DiskDrive'
  | 'CDROM'
  | 'Net'
  | 'Keyboard'
  | 'Mouse'
  | 'Display'
  | 'Ports'
  | 'FDC'
  | 'FloppyDisk'
  | 'SCSIAdapter'
  | 'HIDClass'
  | 'Unknown';

/** One line of a driver's match table. */
export interface DriverModel {
  /** Hardware id as the INF (Windows) or the module's alias pattern (Linux) has it. */
  readonly id: string;
  /** Name that the device gets. Empty: the device's own name (a disk's model). */
  readonly name: string;
}

/** A driver with its match table: one INF and one binary on Windows, one module on Linux. */
export interface DriverPackage {
  /** `net21x4.inf`; for Linux the name of the module. */
  readonly inf: string;
  /** Which code runs: the service's name. */
  readonly service: string;
  /** Path of the binary on the volume. */
  readonly file: string;
  /** Size of the binary in bytes. */
  readonly bytes: number;
  readonly className: DeviceClass;
  /** Loaded by the boot loader, because the boot disk hangs on it. */
  readonly bootStart?: boolean;
  readonly models: readonly DriverModel[];
}

/** One screen of the boot sequence between loader and desktop. `ms` is a design value, not a measurement. */
export interface BootStage {
  readonly kind: 'black' | 'splash';
  readonly title: string;
  readonly caption: string;
  readonly ms: number;
}

/** What is known about Integration Services inside the operating system; null where it brings none. */
export interface EnlightenedParts {
  /** Identity that the system writes to the hypervisor: TLFS, "Guest OS Identity MSR". */
  readonly guestOsId: bigint;
  /** VMBus protocol versions that the guest tries, newest first: `major.minor`. */
  readonly vmbus: readonly string[];
  /** NVSP protocol versions, newest first. */
  readonly nvsp: readonly string[];
  /** Newest version of the storage protocol. */
  readonly vstor: string;
}

export interface OsProfile {
  readonly id: string;
  readonly family: 'nt5' | 'nt6' | 'linux';
  /** `Microsoft Windows XP Professional`. */
  readonly product: string;
  /** What a version command prints: `Microsoft Windows XP [Version 5.1.2600]`, or a Linux kernel release. */
  readonly versionText: string;
  /** `5.1.2600 Service Pack 2 Build 2600`, or the build date of a Linux kernel. */
  readonly buildText: string;
  readonly architecture: 'x86' | 'x64';
  readonly processors: number;
  readonly minimumMemoryMB: number;
  /** What system and services have promised when nobody does anything, in megabytes (design value). */
  readonly idleMemoryMB: number;
  readonly theme: 'xp' | 'classic' | 'aero' | 'metro' | 'fluent';
  readonly computerName: string;
  readonly userName: string;
  /** Screen size in dots before and after an accelerated video driver is there. */
  readonly screen: { readonly width: number; readonly height: number };
  /** A UEFI firmware can start it: 64-bit Windows since 8, Linux with an EFI loader. */
  readonly bootsUefi: boolean;
  /** File that the boot sector loads, and what the loader says when it is missing. */
  readonly loader: { readonly path: string; readonly missing: string; readonly bytes: number };
  /** Name of the first network connection: `Local Area Connection`, `Ethernet`, `eth0`. */
  readonly connectionName: string;
  readonly volumeLabel: string;
  /** First sector of the partition: 63 before the age of aligned partitions, 2048 since. */
  readonly partitionStart: number;
  readonly kernel: { readonly path: string; readonly bytes: number };
  readonly stages: readonly BootStage[];
  readonly enlightened: EnlightenedParts | null;
  readonly drivers: readonly DriverPackage[];
  /** What only a Linux has. */
  readonly linux: LinuxParts | null;
  /** What installation looks like and how long the parts take that copy nothing (design values). */
  readonly setup: SetupLook;
  /** `8.3` folder on the training medium: `I386`. */
  readonly mediaFolder: string;
  readonly mediaLabel: string;
}

/** How a Linux shows itself. */
export interface LinuxParts {
  /** The log carries times, disks are `sd`, services are started by systemd. */
  readonly isModern: boolean;
  readonly rootDevice: string;
  /** What the first process says, line by line. */
  readonly init: readonly string[];
  /** `6.0` of `/etc/debian_version`. */
  readonly release: string;
}

/** Texts of the installation. */
export interface SetupLook {
  readonly style: 'text' | 'splash' | 'installer';
  readonly title: string;
  readonly steps: {
    readonly partition: string;
    readonly format: string;
    readonly copy: string;
    readonly finish: string;
  };
}
