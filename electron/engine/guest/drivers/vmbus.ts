import { SECOND } from '../../clock/clock';
import { VmbusClient } from '../../vmbus/client/client';
import type { ClientOffer, VmbusListener } from '../../vmbus/client/driver';
import { versionText } from '../../vmbus/protocol/versions';
import { Problem, type FoundDevice } from '../kernel/device';
import type { Driver, DriverContext } from '../kernel/driver';
import { vmbusAlias } from '../os/linux-common';
import { vmbusId } from '../os/vmbus-classes';
import type { VmbusDriverState } from './vmbus-state';

/** Vector that the kernel gives to the hypervisor's interrupt source: outside the board's sixteen. */
export const VMBUS_VECTOR = 0xf3;
const PATIENCE = 10 * SECOND; // for a host that does not answer

/**
 * The root of VMBus: `vmbus.sys`, `hv_vmbus`. Connects through the hypervisor, and reports a device for each channel that the
 * host offers.
 */
export class VmbusDriver implements Driver, VmbusListener {
  readonly vector = VMBUS_VECTOR;
  readonly client: VmbusClient;

  constructor(
    private readonly context: DriverContext,
    private readonly state: VmbusDriverState,
  ) {
    const { processor, others, pages, profile } = context;
    this.client = new VmbusClient({
      processor,
      others,
      pages,
      osId: profile.enlightened?.guestOsId ?? 0n,
      vector: VMBUS_VECTOR,
      readsTime: true,
      versions: (profile.enlightened?.vmbus ?? []).map(versionNumber),
      listener: this,
    });
    if (state.client) this.client.restore(state.client);
  }

  start(): void {
    this.context.log('hv_vmbus: registering driver hv_vmbus');
    this.context.wakeAt(this.context.now() + PATIENCE);
    this.client.connect();
  }

  connected(version: number): void {
    this.context.log(`hv_vmbus: Vmbus version:${versionText(version)}`);
  }

  failed(): void {
    this.finish(Problem.cannotStart);
  }

  private finish(problem: number): void {
    if (this.context.device.status !== 'starting') return;
    this.context.wakeAt(null);
    this.context.started(problem);
  }

  offered(offer: ClientOffer): void {
    this.context.addChild(this.describe(offer));
  }

  private describe({ relid, interfaceType, instance }: ClientOffer): FoundDevice {
    const isLinux = this.context.profile.linux !== null;
    const hardwareId = `${vmbusId(interfaceType)}\\{${instance}}`;
    return {
      bus: 'vmbus',
      address: relid,
      ids: isLinux ? [vmbusAlias(interfaceType)] : [hardwareId, vmbusId(interfaceType)],
      instance: hardwareId.toUpperCase(),
      location: isLinux ? `vmbus_${relid}` : this.context.device.name,
      offer: { type: interfaceType, instance },
    };
  }

  offersDelivered(): void {
    this.finish(Problem.none);
  }

  rescinded(offer: ClientOffer): void {
    this.context.removeChild(offer.relid);
  }

  unloaded(): void {
    // The hypervisor's pages have been taken back; nothing is left to do.
  }

  interrupt(): boolean {
    return false; // not one of the board's
  }

  vectorInterrupt(vp: number): void {
    this.client.interrupt(vp);
  }

  wake(): void {
    this.finish(Problem.cannotStart);
  }

  stop(): void {
    this.client.unload();
  }

  sync(): void {
    this.state.client = this.client.save();
  }
}

/** `5.3` as the protocol's number. */
function versionNumber(text: string): number {
  const [major = 0, minor = 0] = text.split('.').map(Number);
  return major * 65_536 + minor;
}
