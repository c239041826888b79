import type { DeviceState } from '../kernel/device';
import type { Driver, DriverContext } from '../kernel/driver';
import { Dc21x4Driver } from './dc21x4/driver';
import { newDc21x4 } from './dc21x4/state';
import { DynamicMemoryDriver } from './dynamic-memory';
import { FloppyControllerDriver } from './floppy/driver';
import { keyboardDriver, mouseDriver, newSynthKeyboard, newSynthMouse, newSynthVideo, videoDriver } from './human';
import { I8042Driver, newKeyboard } from './i8042';
import { DiskDriver, IdeChannel, IdeController } from './ide';
import { IntegrationDriver } from './integration';
import { NetvscDriver } from './netvsc';
import { OpticalDriver } from './optical';
import { PassiveDriver } from './passive';
import { newBalloonDriver } from '../vsc/dynamic-memory/state';
import { newStorvscDriver, StorvscDriver } from './storvsc';
import { newIcDriver } from '../vsc/ic/state';
import { newNetvsc } from '../vsc/netvsc/state';
import { VmbusDriver } from './vmbus';

/** Services by the code that runs for them. What is not listed drives its device without doing anything to it. */
const IDE_CONTROLLERS = ['intelide', 'piix', 'ata_piix'];
const IDE_CHANNELS = ['atapi', 'ide-channel'];
const DISKS = ['disk', 'ide-disk', 'sd_mod'];
const OPTICAL = ['cdrom', 'ide-cd', 'sr_mod'];
const TULIPS = ['dc21x4', 'dc21x4vm', 'tulip'];
const BUSES = ['vmbus', 'hv_vmbus'];
const NETVSCS = ['netvsc', 'hv_netvsc'];
const STORVSCS = ['storvsc', 'hv_storvsc'];
const COMPONENTS = ['vmic', 'hv_utils'];
const BALLOONS = ['dmvsc', 'hv_balloon'];
const FLOPPY_CONTROLLERS = ['fdc', 'floppy'];
const KEYBOARDS = ['i8042prt', 'i8042'];
const SYNTHETIC_KEYBOARDS = ['hyperkbd', 'hyperv-keyboard'];
const SYNTHETIC_MICE = ['vmbushid', 'hid-hyperv'];
const SYNTHETIC_SCREENS = ['HyperVideo', 'VMBusVideoM'];

/** The code of a service for a device that is being started: also makes its state. */
export function startDriver(service: string, context: DriverContext): Driver {
  const { device } = context;
  if (TULIPS.includes(service)) device.driver = newDc21x4();
  else if (KEYBOARDS.includes(service)) device.driver = newKeyboard();
  else if (OPTICAL.includes(service)) device.driver = { kind: 'optical', ticket: null };
  else if (BUSES.includes(service)) device.driver = { kind: 'vmbus', client: null };
  else if (NETVSCS.includes(service)) device.driver = newNetvsc();
  else if (STORVSCS.includes(service)) device.driver = newStorvscDriver();
  else if (COMPONENTS.includes(service)) device.driver = newIcDriver();
  else if (BALLOONS.includes(service)) device.driver = newBalloonDriver();
  else if (SYNTHETIC_KEYBOARDS.includes(service)) device.driver = newSynthKeyboard();
  else if (SYNTHETIC_MICE.includes(service)) device.driver = newSynthMouse();
  else if (SYNTHETIC_SCREENS.includes(service)) device.driver = newSynthVideo();
  return wireDriver(service, context);
}

/** The code of a service over the state that the device has: after a restore. */
export function wireDriver(service: string, context: DriverContext): Driver {
  const state: DeviceState['driver'] = context.device.driver;
  if (state.kind === 'dc21x4') return new Dc21x4Driver(context, state);
  if (state.kind === 'i8042') return new I8042Driver(context, state);
  if (state.kind === 'optical') return new OpticalDriver(context, state);
  if (state.kind === 'vmbus') return new VmbusDriver(context, state);
  if (state.kind === 'ic') return new IntegrationDriver(context, state);
  if (state.kind === 'dynamicMemory') return new DynamicMemoryDriver(context, state);
  if (state.kind === 'storvsc') return new StorvscDriver(context, state);
  if (state.kind === 'netvsc') return new NetvscDriver(context, state);
  if (state.kind === 'synthKeyboard') return keyboardDriver(context, state);
  if (state.kind === 'synthMouse') return mouseDriver(context, state);
  if (state.kind === 'synthVideo') return videoDriver(context, state);
  if (IDE_CONTROLLERS.includes(service)) return new IdeController(context);
  if (IDE_CHANNELS.includes(service)) return new IdeChannel(context);
  if (DISKS.includes(service)) return new DiskDriver(context);
  if (FLOPPY_CONTROLLERS.includes(service)) return new FloppyControllerDriver(context);
  return new PassiveDriver(context);
}
