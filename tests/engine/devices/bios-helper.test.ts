import { describe, expect, it } from 'vitest';
import { PortSpace } from '@engine/bus/port-space';
import { BiosHelper, BootPlace, HelperRegister, type BiosEvent } from '@engine/devices/bios-helper';

function make(changes: { generationCounter?: boolean } = {}): {
  ports: PortSpace;
  helper: BiosHelper;
  events: [BiosEvent, number][];
  ask: (register: number) => number;
} {
  const ports = new PortSpace();
  const events: [BiosEvent, number][] = [];
  const settings = {
    bootOrder: [BootPlace.optical, BootPlace.hardDisk, BootPlace.network, BootPlace.floppy],
    numLock: true,
    guid: Uint8Array.from({ length: 16 }, (_, i) => i + 1),
    processorCount: 4,
    memoryBelowGapMB: 3968,
    memoryAbove4GbMB: 128,
    generationCounter: changes.generationCounter ?? true,
  };
  const helper = new BiosHelper(ports, settings, (event, value) => void events.push([event, value]));
  const ask = (register: number): number => {
    ports.write(0x28, 4, register);
    return ports.read(0x2c, 4);
  };
  return { ports, helper, events, ask };
}

describe('the helper device of the BIOS', () => {
  it('answers what the machine is', () => {
    const { ask } = make();
    expect(ask(HelperRegister.bootOrder)).toBe(0x0321);
    expect(ask(HelperRegister.numLock)).toBe(1);
    expect(ask(HelperRegister.processorCount)).toBe(4);
    expect(ask(HelperRegister.memoryBelowGap)).toBe(3968);
    expect(ask(HelperRegister.memoryAbove4Gb)).toBe(128);
  });

  it('gives the machine id in four reads, from the start again after the index is written', () => {
    const { ask, ports } = make();
    expect(ask(HelperRegister.biosGuid)).toBe(0x0403_0201);
    expect([ports.read(0x2c, 4), ports.read(0x2c, 4), ports.read(0x2c, 4)]).toEqual([
      0x0807_0605, 0x0c0b_0a09, 0x100f_0e0d,
    ]);
    expect(ask(HelperRegister.biosGuid)).toBe(0x0403_0201);
  });

  it('tells the worker of boot attempts and failures', () => {
    const { ports, events } = make();
    for (const register of [HelperRegister.bootAttempt, HelperRegister.bootFailure]) {
      ports.write(0x28, 4, register);
      ports.write(0x2c, 4, 7);
    }
    expect(events).toEqual([
      ['bootAttempt', 7],
      ['bootFailure', 7],
    ]);
  });

  it('takes the place of the generation id only where there is one', () => {
    const { ports, ask } = make();
    ask(HelperRegister.generationId);
    ports.write(0x2c, 4, 0x1234_5000);
    expect(ask(HelperRegister.generationId)).toBe(0x1234_5000);
    const without = make({ generationCounter: false });
    without.ask(HelperRegister.generationId);
    without.ports.write(0x2c, 4, 0x1234_5000);
    expect(without.ask(HelperRegister.generationId)).toBe(0xffff_ffff);
  });

  it('answers all ones where nothing is, and to narrow accesses', () => {
    const { ports, ask, events } = make();
    expect([ask(0x77), ports.read(0x28, 1), ports.read(0x2c, 2), ports.read(0x2d, 4), ports.read(0x29, 4)]).toEqual([
      0xffff_ffff, 0xff, 0xffff, 0xffff_ffff, 0xffff_ffff,
    ]);
    ports.write(0x28, 1, HelperRegister.bootFailure);
    ports.write(0x2c, 1, 1);
    expect(events).toEqual([]);
  });

  it('is saved in the middle of a read', () => {
    const { helper, ports, ask } = make();
    ask(HelperRegister.biosGuid);
    const saved = helper.save();
    const copy = make();
    copy.helper.restore(saved);
    expect(copy.ports.read(0x2c, 4)).toBe(ports.read(0x2c, 4));
    helper.reset();
    expect(ports.read(0x28, 4)).toBe(0);
  });
});
