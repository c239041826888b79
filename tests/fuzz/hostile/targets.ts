import { DeviceClass } from '@engine/vmbus/protocol/classes';
import { deviceTarget } from './devices';
import { HYPERCALLS } from './hypercalls';
import { GPADLS, MESSAGE_TARGET } from './messages';
import { RINGS } from './rings';
import type { Target } from './run';

const { Heartbeat, Shutdown, TimeSync, KeyValuePair, Backup, FileCopy } = DeviceClass;

/** Everything that a hostile guest can reach, one target for each way in. */
export const TARGETS: readonly Target[] = [
  HYPERCALLS,
  MESSAGE_TARGET,
  GPADLS,
  RINGS,
  deviceTarget('network', 2, [DeviceClass.Network]),
  deviceTarget('storage', 2, [DeviceClass.Scsi]),
  deviceTarget('accelerator', 1, [DeviceClass.Ide]),
  deviceTarget('input', 2, [DeviceClass.Keyboard, DeviceClass.Mouse]),
  deviceTarget('video', 2, [DeviceClass.Video]),
  deviceTarget('components', 2, [Heartbeat, Shutdown, TimeSync, KeyValuePair, Backup, FileCopy]),
  deviceTarget('all devices', 1, []),
];
