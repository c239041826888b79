/**
 * An independent judge of our structures and constants: the kernel's own declarations. gcc compiles `linux/hyperv.h` (and the
 * headers and drivers that declare the rest) out of Debian's packages into a program; what that prints must be what we have.
 */
import { describe, expect, it } from 'vitest';
import { GuestUnavailable } from '../../../real-guest/guest/apt';
import { judge } from '../../../storage/support';
import { BUS } from './bus';
import { COMPONENTS } from './components';
import { ask, type Unit } from './compiler';
import { HYPERVISOR } from './hypervisor';
import { KEYBOARD, MOUSE } from './input';
import { MEMORY } from './memory';
import { NETWORK } from './network';
import type { Row } from './rows';
import { STORAGE } from './storage';
import { VIDEO } from './video';
import { kernelSource, type KernelSource } from './source';

const UNITS: readonly (readonly [string, Unit, readonly Row[]])[] = [
  ['linux/hyperv.h', { headers: ['linux/hyperv.h', 'hyperv_vmbus.h'] }, [...BUS, ...COMPONENTS]],
  ['asm/hyperv-tlfs.h', { headers: ['asm/mshyperv.h'] }, HYPERVISOR],
  ['drivers/net/hyperv', { driver: 'drivers/net/hyperv/netvsc.c' }, NETWORK],
  ['drivers/scsi/storvsc_drv.c', { driver: 'drivers/scsi/storvsc_drv.c' }, STORAGE],
  ['drivers/input/serio/hyperv-keyboard.c', { driver: 'drivers/input/serio/hyperv-keyboard.c' }, KEYBOARD],
  ['drivers/hid/hid-hyperv.c', { driver: 'drivers/hid/hid-hyperv.c' }, MOUSE],
  ['drivers/gpu/drm/hyperv', { driver: 'drivers/gpu/drm/hyperv/hyperv_drm_proto.c' }, VIDEO],
  ['drivers/hv/hv_balloon.c', { driver: 'drivers/hv/hv_balloon.c' }, MEMORY],
];

const gcc = judge('gcc', ['--version'], 'gcc');

async function declarations(): Promise<KernelSource | null> {
  if (!gcc.isPresent || !gcc.run('-dumpmachine').startsWith('x86_64')) return null;
  try {
    return await kernelSource();
  } catch (error) {
    if (!(error instanceof GuestUnavailable) || process.env.PARTITION_LAB_REQUIRE_TOOLS === '1') throw error;
    console.warn(`the kernel's headers cannot be had: ${error.message}`);
    return null;
  }
}

const kernel = await declarations();

const named = (rows: readonly Row[], values: readonly bigint[]): Record<string, string> =>
  Object.fromEntries(rows.map(({ name }, i) => [name, `0x${(values[i] ?? -1n).toString(16)}`]));

describe.skipIf(kernel === null)('the kernel', () => {
  it.each(UNITS)('has the same sizes, places and values in %s', { timeout: 120_000 }, async (_name, unit, rows) => {
    if (!kernel) throw new Error('not reached without headers');
    const ours = rows.map((row) => row.ours);
    const theirs = await ask(
      kernel,
      unit,
      rows.map(({ question }) => question),
    );
    expect(named(rows, ours)).toEqual(named(rows, theirs));
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
  });

  it('says so when they differ', { timeout: 120_000 }, async () => {
    if (!kernel) throw new Error('not reached without headers');
    const size = 'sizeof(struct vmbus_channel_offer_channel)';
    expect(await ask(kernel, { headers: ['linux/hyperv.h'] }, [size, `${size} + 1`])).toEqual([196n, 197n]);
    await expect(ask(kernel, { headers: ['linux/hyperv.h'] }, ['sizeof(struct no_such_thing)'])).rejects.toThrow();
  });
});
