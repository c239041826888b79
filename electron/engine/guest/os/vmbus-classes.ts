/** Interface types of the synthetic devices: class GUIDs of VMBus offers (linux include/linux/hyperv.h). */
export const VmbusClass = {
  network: 'f8615163-df3e-46c5-913f-f2d2f965ed0e',
  scsi: 'ba6163d9-04a1-4d29-b605-72e2ffb1dc7f',
  ide: '32412632-86cb-44a2-9b5c-50d1417354f5',
  video: 'da0a7802-e377-4aac-8e77-0558eb1073f8',
  mouse: 'cfa8b69e-5b4a-4cc0-b98b-8ba1a1f3f95a',
  keyboard: 'f912ad6d-2b17-48ea-bd65-f927a61c7684',
  heartbeat: '57164f39-9115-4e78-ab55-382f3bd5422d',
  shutdown: '0e0b6031-5213-4934-818b-38d90ced39db',
  timeSync: '9527e630-d0ae-497b-adce-e80ab0175caf',
  dataExchange: 'a9a0f4e7-5a45-4d96-b827-8a841e8c03e6',
  backup: '35fa2e29-ea23-4236-96ae-3a6ebacba440',
  guestServices: '34d14be3-dee4-41c8-9ae7-6b174977c192',
  dynamicMemory: '525074dc-8985-46e2-8057-a307dc18a502',
} as const;

/** Identity of a Windows: vendor Microsoft, NT, version, service pack, build. TLFS, "Guest OS Identity MSR". */
export function windowsOsId(major: number, minor: number, servicePack: number, build: number): bigint {
  const version = (BigInt(major) << 32n) | (BigInt(minor) << 24n) | (BigInt(servicePack) << 16n) | BigInt(build);
  return (1n << 48n) | (4n << 40n) | version;
}

/** Identity of an open-source system of type Linux: kernel version as 0x060140 for 6.1.64. */
export function linuxOsId(version: number): bigint {
  return (1n << 63n) | (1n << 56n) | (BigInt(version) << 16n);
}

/** Windows' id of a channel's class, `VMBUS\{f8615163-…}`. */
export function vmbusId(classGuid: string): string {
  return `VMBUS\\{${classGuid}}`;
}
