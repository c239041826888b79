import { DeviceClass } from '../../../vmbus/protocol/classes';
import { guidBytes } from '../../../vmbus/protocol/guid';
import type { OfferSpec } from '../../../vmbus/protocol/offer';
import {
  ideInstance,
  OFFER_FLAG_IDE,
  VSTOR_IDE_OFFER,
  VstorVersion,
  type IdePlace,
} from '../../../vmbus/protocol/vstor';
import type { BlockStore } from '../../../base/block-store';
import { DiskUnit } from './disk-unit';
import { Storvsp } from './storvsp';

/** Version of SPC that the disks of a host's age claim: 4 is SPC-2 (to Windows Server 2012 R2), 5 is SPC-3. */
export function spcVersionOf(vstor: number): number {
  return vstor >= VstorVersion.V6_2 ? 5 : 4;
}

/**
 * A synthetic SCSI controller without drives yet.
 * @param instance GUID of the controller, kept in the machine's configuration
 * @param maxSubChannels how many more channels a driver may ask for; hosts before 2012 have none whatever this says
 */
export function scsiController(name: string, instance: string, maxVersion: number, maxSubChannels = 0): Storvsp {
  const offer = { name, interfaceType: DeviceClass.Scsi, instance };
  return new Storvsp({ offer, path: 0, target: 0, maxVersion, maxSubChannels });
}

/** A disk as the controller of a host of that age shows it. `id` is the drive's GUID. */
export function diskUnit(store: BlockStore, id: string, maxVersion: number): DiskUnit {
  const provisioning = { unmap: maxVersion >= VstorVersion.V5_1, writeSame: maxVersion >= VstorVersion.V6_2 };
  return new DiskUnit({ store, unique: guidBytes(id), spcVersion: spcVersionOf(maxVersion), provisioning });
}

/** The accelerator of one disk of the emulated IDE controller: the same store behind another door. */
export function ideAccelerator(
  name: string,
  { channel, device }: IdePlace,
  unit: DiskUnit,
  maxVersion: number,
): Storvsp {
  const controller = new Storvsp({
    offer: ideOffer(name, { channel, device }),
    path: 'any',
    target: device,
    maxVersion,
  });
  controller.plug(0, unit);
  return controller;
}

/** Channel and device lie in the instance (Linux) and in the user-defined part (older drivers). */
function ideOffer(name: string, { channel, device }: IdePlace): OfferSpec {
  return {
    name,
    interfaceType: DeviceClass.Ide,
    instance: ideInstance({ channel, device }),
    userDefined: VSTOR_IDE_OFFER.encode({ path: channel, target: device, flags: OFFER_FLAG_IDE }),
  };
}
