import type { AddressSettings } from '@engine/vmbus/protocol/kvp-address';
import { LabError } from '@shared/model/errors';
import type { Running } from './running-machine';

/** Has the guest give an interface other addresses; throws `dataExchangeNotAvailable` when nobody there can. */
export function setGuestAddress({ machine, vm }: Running, adapterId: string, settings: AddressSettings): void {
  if (!machine.services.keyValuePairs.setAddress(adapterId, settings))
    throw new LabError('dataExchangeNotAvailable', { name: vm.settings.name });
}

/** Asks the guest for an interface's addresses, with the same error. What it answered last; null before. */
export function askGuestAddress({ machine, vm }: Running, adapterId: string): AddressSettings | null {
  const address = vm.settings.adapters.find(({ id }) => id === adapterId)?.mac.address ?? '';
  const pairs = (address.replace(/[^0-9A-Fa-f]/g, '').match(/../g) ?? []).join(':').toUpperCase();
  const { keyValuePairs } = machine.services;
  if (!keyValuePairs.askAddress(pairs)) throw new LabError('dataExchangeNotAvailable', { name: vm.settings.name });
  return keyValuePairs.addressOf(pairs);
}
