import { describe, expect, it } from 'vitest';
import { BlockError } from '@engine/base/block-store';
import { MemoryBlockStore } from '@engine/base/memory-block-store';
import { PciBus } from '@engine/bus/pci';
import type { PortDevice } from '@engine/bus/port-space';
import { AtaDisk as DiskDevice } from '@engine/chipset/ide/ata-disk';
import { AtapiDrive } from '@engine/chipset/ide/atapi-drive';
import { Piix4Ide } from '@engine/chipset/ide/piix4-ide';
import { AtaChannel } from '@engine/guest/drivers/ata/channel';
import { newChannel, type AtaResult } from '@engine/guest/drivers/ata/command';
import { discSectors, packets } from '@engine/guest/drivers/ata/devices';
import { parseIdentity } from '@engine/guest/drivers/ata/identify';
import { newProbe, stepProbe } from '@engine/guest/drivers/ata/probe';
import { PciConfig } from '@engine/guest/hardware/pci-config';
import { PartitionRig } from '../../hypervisor/rig';

const BUS_MASTER = 0xffa0;
const DMA_AREA = 0x10_0000;

/** The PIIX4's IDE function with a disk, a CD drive on the same channel, and the driver under test. */
class Rig extends PartitionRig {
  readonly store: MemoryBlockStore;
  readonly state = newChannel();
  readonly interrupts: boolean[] = [];
  readonly channel: AtaChannel;
  readonly cd: AtapiDrive;

  constructor(mode: 'poll' | 'interrupt' | 'dma', store = new MemoryBlockStore({ sectorCount: 4096 })) {
    super();
    this.store = store;
    const { ports, memory, trace } = this;
    const line = { set: (level: boolean) => void this.interrupts.push(level) };
    const disk = new DiskDevice({ name: 'disk', trace }, store);
    const content = Uint8Array.from({ length: 10 * 2048 }, (_, i) => i >> 11);
    this.cd = new AtapiDrive(
      { name: 'cd', trace },
      new MemoryBlockStore({ sectorCount: 10, sectorSize: 2048, content }),
    );
    const pci = new PciBus(ports);
    new Piix4Ide({
      name: 'ide',
      ports,
      memory,
      trace,
      interrupts: [line, line],
      drives: [disk, this.cd, null, null],
    }).attach(pci);
    const config = new PciConfig(this.vp());
    config.write(7, 1, 0x40, 0x8000_8000);
    config.write(7, 1, 0x20, BUS_MASTER);
    config.write(7, 1, 0x04, 5, 2);
    const options = {
      ports: { command: 0x1f0, control: 0x3f6, busMaster: BUS_MASTER },
      interrupts: mode !== 'poll',
      dmaArea: mode === 'dma' ? DMA_AREA : null,
    };
    this.channel = new AtaChannel(this.vp(), options, this.state);
  }

  /** Runs a command to its end, with the interrupts that the drive raises. */
  run(command: Parameters<AtaChannel['submit']>[0]): AtaResult {
    const ticket = this.channel.submit(command, 0);
    for (let i = 0; i < 1000; i++) {
      const result = this.channel.take(ticket);
      if (result) return result;
      this.channel.service(this.interrupts.at(-1) === true ? 'interrupt' : 'poll', 0);
    }
    throw new Error('the command does not end');
  }
}

const pattern = (sectors: number): Uint8Array =>
  Uint8Array.from({ length: sectors * 512 }, (_, i) => (i * 7 + (i >> 9)) & 0xff);

describe.each(['poll', 'interrupt', 'dma'] as const)('the ATA driver by %s', (mode) => {
  it.each([1, 2, 77, 128])('writes and reads %i sectors', (count) => {
    const rig = new Rig(mode);
    expect(rig.run({ kind: 'write', device: 0, lba: 100, data: pattern(count) })).toMatchObject({ ok: true });
    expect(rig.store.read(100, count)).toEqual(pattern(count));
    const read = rig.run({ kind: 'read', device: 0, lba: 100, count });
    expect([read.ok, read.data]).toEqual([true, pattern(count)]);
  });

  it('reads beyond the reach of 28 bits', () => {
    const rig = new Rig(mode, new MemoryBlockStore({ sectorCount: 0x1234_5678 }));
    rig.store.write(0x1100_0000, pattern(3));
    expect(rig.run({ kind: 'read', device: 0, lba: 0x1100_0000, count: 3 }).data).toEqual(pattern(3));
    rig.run({ kind: 'write', device: 0, lba: 0x1200_0000, data: pattern(2) });
    expect(rig.store.read(0x1200_0000, 2)).toEqual(pattern(2));
  });

  it('reports errors of address and medium, and works on', () => {
    class BadDisk extends MemoryBlockStore {
      override read(lba: number, count: number): Uint8Array {
        if (lba <= 50 && lba + count > 50) throw new BlockError('media', 'bad');
        return super.read(lba, count);
      }
    }
    const rig = new Rig(mode, new BadDisk({ sectorCount: 4096 }));
    expect(rig.run({ kind: 'read', device: 0, lba: 4095, count: 2 }).ok).toBe(false);
    expect(rig.run({ kind: 'read', device: 0, lba: 50, count: 1 }).ok).toBe(false);
    expect(rig.run({ kind: 'write', device: 0, lba: 4096, data: pattern(1) }).ok).toBe(false);
    expect(rig.run({ kind: 'read', device: 0, lba: 0, count: 1 }).ok).toBe(true);
  });

  it('runs queued commands in their order', () => {
    const rig = new Rig(mode);
    const tickets = [1, 2, 3].map((lba) => rig.channel.submit({ kind: 'read', device: 0, lba, count: 1 }, 0));
    const order: number[] = [];
    for (let i = 0; i < 100 && order.length < 3; i++) {
      for (const ticket of tickets) if (rig.channel.take(ticket)) order.push(ticket);
      rig.channel.service(rig.interrupts.at(-1) === true ? 'interrupt' : 'poll', 0);
    }
    expect(order).toEqual(tickets);
  });

  it('talks to the packet device beside it', () => {
    const rig = new Rig(mode);
    const packet = (cdb: Uint8Array, length: number): AtaResult => rig.run({ kind: 'packet', device: 1, cdb, length });
    for (let i = 0; i < 3 && !packet(packets.testUnitReady(), 0).ok; i++);
    expect(discSectors(packet(packets.readCapacity(), 8).data)).toBe(10);
    const read = packet(packets.read(2, 5), 5 * 2048).data;
    expect([read.length, read[0], read[4 * 2048]]).toEqual([10_240, 2, 6]);
    expect(packet(packets.inquiry(36), 36).data).toHaveLength(36);
    expect(packet(packets.read(9, 2), 4096).ok).toBe(false);
  });

  it('finds both drives', () => {
    const rig = new Rig(mode);
    const state = newProbe();
    const found: string[] = [];
    for (let i = 0; i < 100 && !state.done; i++) {
      const drive = stepProbe(state, [rig.channel], 0);
      if (drive) found.push(`${drive.device} ${drive.kind} ${drive.identity.model} ${drive.identity.sectors}`);
      rig.channel.service(rig.interrupts.at(-1) === true ? 'interrupt' : 'poll', 0);
    }
    expect(found).toEqual(['0 ata Virtual HD 4096', '1 atapi Virtual CD 0']);
  });
});

describe('the ATA driver where hardware fails', () => {
  /** A channel that answers every register with the same value. */
  const stuck = (status: number): { rig: PartitionRig; channel: AtaChannel } => {
    const rig = new PartitionRig();
    const device: PortDevice = { portRead: () => status, portWrite: () => undefined };
    rig.ports.claim('stuck', 0x1f0, 8, device);
    rig.ports.claim('stuck', 0x3f6, 1, device);
    const options = { ports: { command: 0x1f0, control: 0x3f6, busMaster: null }, interrupts: false, dmaArea: null };
    return { rig, channel: new AtaChannel(rig.vp(), options, newChannel()) };
  };

  it('gives up a drive that stays busy, after its time', () => {
    const { channel } = stuck(0x80);
    const ticket = channel.submit({ kind: 'identify', device: 0 }, 0);
    channel.service('poll', 6e9);
    expect(channel.take(ticket)).toBeNull();
    channel.service('poll', 8e9);
    expect(channel.take(ticket)).toMatchObject({ ok: false });
    expect(channel.nextLook(8e9)).toBeNull();
  });

  it.each([0x00, 0x7f, 0xff])('takes status %i for nobody there, at once', (status) => {
    const { channel } = stuck(status);
    const ticket = channel.submit({ kind: 'identify', device: 0 }, 0);
    expect(channel.take(ticket)).toMatchObject({ ok: false });
  });

  it.each([0x01, 0x08, 0x20, 0x50, 0x58, 0xff, 0x0f])('ends whatever a nonsense status of %i says', (status) => {
    const { channel } = stuck(status);
    const commands = [
      { kind: 'identify', device: 0 } as const,
      { kind: 'read', device: 1, lba: 5, count: 4 } as const,
      { kind: 'write', device: 0, lba: 5, data: new Uint8Array(1024) } as const,
      { kind: 'packet', device: 0, cdb: packets.inquiry(36), length: 36 } as const,
      { kind: 'flush', device: 0 } as const,
    ];
    for (const command of commands) {
      const ticket = channel.submit(command, 0);
      for (let i = 0; i < 20; i++) channel.service('poll', i * 1e9);
      expect(channel.take(ticket)).not.toBeNull();
    }
  });

  it('reads an identity from noise', () => {
    const noise = Uint8Array.from({ length: 512 }, (_, i) => (i * 89) & 0xff);
    expect(parseIdentity(noise, false).sectors).toBeGreaterThan(0);
    expect(parseIdentity(new Uint8Array(512), false)).toMatchObject({ model: '', sectors: 0, hasDma: false });
  });
});
