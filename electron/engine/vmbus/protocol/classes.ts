/** Device classes by GUID. linux include/linux/hyperv.h, HV_*_GUID. */
export const DeviceClass = {
  Network: 'f8615163-df3e-46c5-913f-f2d2f965ed0e',
  Scsi: 'ba6163d9-04a1-4d29-b605-72e2ffb1dc7f',
  Ide: '32412632-86cb-44a2-9b5c-50d1417354f5',
  Keyboard: 'f912ad6d-2b17-48ea-bd65-f927a61c7684',
  Mouse: 'cfa8b69e-5b4a-4cc0-b98b-8ba1a1f3f95a',
  Video: 'da0a7802-e377-4aac-8e77-0558eb1073f8',
  Heartbeat: '57164f39-9115-4e78-ab55-382f3bd5422d',
  KeyValuePair: 'a9a0f4e7-5a45-4d96-b827-8a841e8c03e6',
  Shutdown: '0e0b6031-5213-4934-818b-38d90ced39db',
  TimeSync: '9527e630-d0ae-497b-adce-e80ab0175caf',
  Backup: '35fa2e29-ea23-4236-96ae-3a6ebacba440',
  FileCopy: '34d14be3-dee4-41c8-9ae7-6b174977c192',
  DynamicMemory: '525074dc-8985-46e2-8057-a307dc18a502',
} as const;

export type DeviceClass = (typeof DeviceClass)[keyof typeof DeviceClass];

/** Instance GUIDs that are the same in every machine. */
export const DeviceInstance = {
  Shutdown: 'b6650ff7-33bc-4840-8048-e0676786f393',
  TimeSync: '2dd1ce17-079e-403c-b352-a1921ee207ee',
  KeyValuePair: '242ff919-07db-4180-9c2e-b86cb68c8c55',
  Heartbeat: 'fd149e91-82e0-4a7d-afa6-2a4166cbd7c0',
  Backup: '2450ee40-33bf-4fbd-892e-9fb06e9214cf',
  FileCopy: 'eb765408-105f-49b6-b4aa-c123b64d17d4',
  DynamicMemory: '1eccfd72-4b41-45ef-b73a-4a6e44c12924',
  Mouse: '58f75a6d-d949-4320-99e1-a2a2576d581c',
  Keyboard: 'd34b2567-b9b6-42b9-8778-0a4ec0b955bf',
  Video: '5620e0c7-8062-4dce-aeb7-520c7ef76171',
} as const;
