import { IcDriver, type IcGuestService } from '@engine/guest/vsc/ic/ic-driver';
import { newIcDriver } from '@engine/guest/vsc/ic/state';
import type { VspDevice } from '@engine/vmbus/server/device';
import { BusRig, TestKernel } from '../vmbus/rig';
import { MS } from './rig';

export const SECOND = 1_000 * MS;

export interface Bench {
  readonly rig: BusRig;
  readonly kernel: TestKernel;
}

/** A machine with one component, not yet connected. */
export function bench(make: (rig: BusRig) => { readonly device: VspDevice }): Bench {
  const rig = new BusRig();
  rig.server.add(make(rig).device);
  return { rig, kernel: new TestKernel(rig) };
}

/** The guest's half of it, connected and started. */
export function start({ rig, kernel }: Bench, service: IcGuestService): IcDriver {
  const drivers: IcDriver[] = [];
  const bind = (relid: number): IcDriver => {
    const driver = new IcDriver({ client: kernel.client, relid, service, state: newIcDriver() });
    drivers.push(driver);
    return driver;
  };
  for (const type of CLASSES) kernel.bind(type, ({ relid }) => bind(relid).channel);
  kernel.client.connect();
  rig.clock.advanceBy(MS);
  const [driver] = drivers;
  if (!driver) throw new Error('the component was not offered');
  driver.channel.start();
  rig.clock.advanceBy(10 * MS);
  return driver;
}

export const CLASSES = [
  '57164f39-9115-4e78-ab55-382f3bd5422d',
  '0e0b6031-5213-4934-818b-38d90ced39db',
  '9527e630-d0ae-497b-adce-e80ab0175caf',
  'a9a0f4e7-5a45-4d96-b827-8a841e8c03e6',
  '35fa2e29-ea23-4236-96ae-3a6ebacba440',
  '34d14be3-dee4-41c8-9ae7-6b174977c192',
];
