/** Versions of the VMBus protocol: major in the upper half. linux include/linux/hyperv.h, VERSION_*. */
export const VmbusVersion = {
  /** Windows Server 2008. */
  V0_13: 0x0000_000d,
  /** Windows Server 2008 R2, Windows 7. */
  V1_1: 0x0001_0001,
  /** Windows Server 2012, Windows 8. */
  V2_4: 0x0002_0004,
  /** Windows Server 2012 R2, Windows 8.1. */
  V3_0: 0x0003_0000,
  /** Windows Server 2016, Windows 10. */
  V4_0: 0x0004_0000,
  V4_1: 0x0004_0001,
  V5_0: 0x0005_0000,
  V5_1: 0x0005_0001,
  /** Windows Server 2019. */
  V5_2: 0x0005_0002,
  /** Windows Server 2022. */
  V5_3: 0x0005_0003,
} as const;

/** All versions, newest first. */
export const VMBUS_VERSIONS: readonly number[] = Object.values(VmbusVersion).sort((a, b) => b - a);

/** Versions up to `newest`, newest first: what a driver of that age offers. */
export function versionsUpTo(newest: number): number[] {
  return VMBUS_VERSIONS.filter((version) => version <= newest);
}

/** `5.3` and the like. */
export function versionText(version: number): string {
  return `${version >>> 16}.${version & 0xffff}`;
}

/** From Windows 8 on each channel has its own connection id and event flag; before, all share an interrupt page. */
export function hasDedicatedInterrupts(version: number): boolean {
  return version >= VmbusVersion.V2_4;
}

/** From 5.0 on the guest says its SINT and is told which connection to post to. */
export function usesMessageConnection(version: number): boolean {
  return version >= VmbusVersion.V5_0;
}

/** Newest version of each host age. */
export const HOST_VMBUS_VERSION: Readonly<Record<string, number>> = {
  'ws2008-beta': VmbusVersion.V0_13,
  ws2008: VmbusVersion.V0_13,
  ws2008r2: VmbusVersion.V1_1,
  ws2012: VmbusVersion.V2_4,
  ws2012r2: VmbusVersion.V3_0,
  ws2016: VmbusVersion.V4_0,
  ws2019: VmbusVersion.V5_2,
  ws2022: VmbusVersion.V5_3,
  ws2025: VmbusVersion.V5_3,
};
