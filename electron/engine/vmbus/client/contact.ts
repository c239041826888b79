import { HvStatus } from '../../hypervisor/hypercall';
import type { Processor } from '../../hypervisor/processor';
import { PAGE_SIZE } from '../../memory/guest-memory';
import { encodeMessage, INITIATE_CONTACT, MessageType } from '../protocol/messages';
import { VMBUS_MESSAGE_TYPE, VMBUS_SINT, VmbusConnection } from '../protocol/transport';
import { hasDedicatedInterrupts, usesMessageConnection } from '../protocol/versions';
import type { PageAllocator } from './pages';
import type { VmbusClientState } from './state';
import type { SynicGuest } from './synic-guest';

/** What making contact needs. */
export interface ContactHost {
  readonly processor: Processor;
  readonly pages: PageAllocator;
  readonly synic: SynicGuest;
  /** Versions that this driver speaks, newest first. */
  readonly versions: readonly number[];
  state(): VmbusClientState;
}

/** How a guest finds the version that it and the host both speak, and the pages that it gives for signals meanwhile. */
export class Contact {
  constructor(private readonly host: ContactHost) {}

  /** Begins with the newest version; the host's answer comes as a message. False when there is none that can be tried. */
  begin(): boolean {
    const state = this.host.state();
    state.phase = 'contacting';
    state.attempt = -1;
    return this.next();
  }

  /**
   * Tries the next version. A host older than 5.0 has no connection 4: that refusal comes at once, from the hypervisor. False when
   * the last one has been tried.
   */
  next(): boolean {
    const state = this.host.state();
    for (;;) {
      const version = this.host.versions[++state.attempt];
      if (version === undefined) return false;
      state.version = version;
      state.messageConnection = usesMessageConnection(version) ? VmbusConnection.Message4 : VmbusConnection.Message;
      const message = contactMessage(state, this.host, version);
      const status = this.host.synic.post(state.messageConnection, VMBUS_MESSAGE_TYPE, message);
      if (status === HvStatus.Success) return true;
    }
  }

  /** The host has let go of the pages: they are this guest's again. */
  release(): void {
    const { pages } = this.host;
    const state = this.host.state();
    if (state.interruptPage !== null) pages.release(state.interruptPage, 1);
    if (state.monitorPages !== null) pages.release(state.monitorPages, 2);
    Object.assign(state, { interruptPage: null, monitorPages: null });
  }
}

/** The first message of a guest, with its pages for signals, which are empty. linux drivers/hv/connection.c. */
function contactMessage(state: VmbusClientState, { processor, pages }: ContactHost, version: number): Uint8Array {
  if (!hasDedicatedInterrupts(version)) {
    state.interruptPage ??= pages.allocate(1);
    if (state.interruptPage !== null) processor.memory.fill(state.interruptPage, PAGE_SIZE, 0);
  }
  state.monitorPages ??= pages.allocate(2);
  const monitors = state.monitorPages;
  if (monitors !== null) processor.memory.fill(monitors, 2 * PAGE_SIZE, 0);
  const interruptPage = usesMessageConnection(version) ? VMBUS_SINT : (state.interruptPage ?? 0);
  return encodeMessage(MessageType.InitiateContact, INITIATE_CONTACT, {
    version,
    targetVp: processor.index,
    interruptPage: BigInt(interruptPage),
    monitorPage1: BigInt(monitors ?? 0),
    monitorPage2: monitors === null ? 0n : BigInt(monitors + PAGE_SIZE),
  });
}
