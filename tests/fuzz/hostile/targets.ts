import { DeviceClass } from '@engine/vmbus/protocol/classes';
import { deviceTarget } from './devices';
import { HYPERCALLS } from './hypercalls';
import { GPADLS, MESSAGE_TARGET } from './messages';
import { RINGS } from './rings';
import type { Target } from './run';
import { storageProviders, wholeMachine } from './victims';

const { Heartbeat, Shutdown, TimeSync, KeyValuePair, Backup, FileCopy } = DeviceClass;

/** Everything that a hostile guest can reach, one target for each way in. */
export const TARGETS: readonly Target[] = [
  HYPERCALLS,
  MESSAGE_TARGET,
  GPADLS,
  RINGS,
  deviceTarget('network', wholeMachine(2), [DeviceClass.Network]),
  deviceTarget('storage', storageProviders, [DeviceClass.Scsi]),
  deviceTarget('accelerator', storageProviders, [DeviceClass.Ide]),
  deviceTarget('input', wholeMachine(2), [DeviceClass.Keyboard, DeviceClass.Mouse]),
  deviceTarget('video', wholeMachine(2), [DeviceClass.Video]),
  deviceTarget('components', wholeMachine(2), [Heartbeat, Shutdown, TimeSync, KeyValuePair, Backup, FileCopy]),
  deviceTarget('dynamic memory', wholeMachine(2), [DeviceClass.DynamicMemory]),
  deviceTarget('all devices', wholeMachine(1), []),
];
