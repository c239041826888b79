import { LabError } from '@shared/model/errors';
import type { VmRecord } from '@shared/model/inventory';
import { dynamicMac, type HostDocument } from './documents';

/** Result of giving addresses to a machine's adapters: the record and the host document as they become. */
export interface MacAssignment {
  readonly vm: VmRecord;
  readonly host: HostDocument;
  readonly changed: boolean;
}

/**
 * Gives a dynamic address to each adapter that has none: the next of the host's 256 that no adapter of any machine
 * holds. Happens at the first start, and the address stays. Throws `macPoolExhausted` when all are taken.
 */
export function assignMacs(vm: VmRecord, all: readonly VmRecord[], host: HostDocument, ipv4: string): MacAssignment {
  const taken = new Set(all.flatMap(({ settings }) => settings.adapters.map(({ mac }) => mac.address)));
  let next = host.nextMac;
  let changed = false;
  const take = (): string => {
    for (let tries = 0; tries < 256; tries++) {
      const address = dynamicMac(ipv4, next);
      next = (next + 1) % 256;
      if (taken.has(address)) continue;
      taken.add(address);
      return address;
    }
    throw new LabError('macPoolExhausted', { name: vm.settings.name });
  };
  const adapters = vm.settings.adapters.map((adapter) => {
    if (adapter.mac.mode === 'static' || adapter.mac.address !== null) return adapter;
    changed = true;
    return { ...adapter, mac: { mode: 'dynamic' as const, address: take() } };
  });
  return { vm: { ...vm, settings: { ...vm.settings, adapters } }, host: { ...host, nextMac: next }, changed };
}
