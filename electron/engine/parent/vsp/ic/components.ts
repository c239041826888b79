import { DeviceClass, DeviceInstance } from '../../../vmbus/protocol/classes';
import { IcType } from '../../../vmbus/protocol/ic';
import type { OfferSpec } from '../../../vmbus/protocol/offer';
import type { IcProfile } from './versions';

/** One of the integration components. */
export type IcComponent = keyof IcProfile;

type Kind = Exclude<keyof typeof IcType, 'Negotiate'>;

/** Each component's name in a machine, and how the protocol's tables call it. */
const KINDS: Readonly<Record<IcComponent, readonly [name: string, kind: Kind]>> = {
  heartbeat: ['heartbeat', 'Heartbeat'],
  shutdown: ['shutdown', 'Shutdown'],
  timeSync: ['time-sync', 'TimeSync'],
  keyValuePair: ['key-value-pair', 'KeyValuePair'],
  backup: ['backup', 'Backup'],
  fileCopy: ['file-copy', 'FileCopy'],
};

/** What a component is offered as: a channel of its fixed class and instance whose packets carry pipe headers. */
export function icOffer(component: IcComponent): OfferSpec {
  const [name, kind] = KINDS[component];
  return { name, interfaceType: DeviceClass[kind], instance: DeviceInstance[kind], pipe: true };
}

/** The number of its messages (`IcType`). */
export function icTypeOf(component: IcComponent): number {
  return IcType[KINDS[component][1]];
}
