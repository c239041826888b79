import type { Processor } from '../../hypervisor/processor';
import { PAGE_SIZE } from '../../memory/guest-memory';
import { encodeMessage, INITIATE_CONTACT, MessageType } from '../protocol/messages';
import { VMBUS_SINT } from '../protocol/transport';
import { hasDedicatedInterrupts, usesMessageConnection } from '../protocol/versions';
import type { PageAllocator } from './pages';
import type { VmbusClientState } from './state';

/** The first message of a guest, with the pages that it gives for signals: empty ones. linux drivers/hv/connection.c. */
export function contactMessage(
  state: VmbusClientState,
  { processor, pages }: { readonly processor: Processor; readonly pages: PageAllocator },
  version: number,
): Uint8Array {
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
