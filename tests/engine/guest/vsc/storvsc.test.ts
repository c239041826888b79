import { beforeEach, describe, expect, it } from 'vitest';
import { BlockError } from '@engine/base/block-store';
import type { DiskUnit } from '@engine/parent/vsp/storvsp/disk-unit';
import { DvdUnit } from '@engine/parent/vsp/storvsp/dvd-unit';
import { diskUnit, scsiController } from '@engine/parent/vsp/storvsp/offers';
import type { Storvsp } from '@engine/parent/vsp/storvsp/storvsp';
import { cdbs } from '@engine/guest/vsc/storvsc/cdb';
import { StorvscDisk } from '@engine/guest/vsc/storvsc/disk';
import { newScan, stepScan } from '@engine/guest/vsc/storvsc/scan';
import { newStorvsc } from '@engine/guest/vsc/storvsc/state';
import { Storvsc } from '@engine/guest/vsc/storvsc/storvsc';
import { DeviceClass } from '@engine/vmbus/protocol/classes';
import { PacketType } from '@engine/vmbus/protocol/packet';
import { VMSCSI_REQUEST, vstorPacket, VSTOR_VERSIONS, VstorOp, VstorVersion } from '@engine/vmbus/protocol/vstor';
import { disc, DISK_SECTORS, DRIVE, patternedDisk } from '../../parent/storage-rig';
import { MS } from '../../parent/rig';
import { BusRig, TestKernel } from '../../vmbus/rig';

const NOTHING = new Uint8Array(0);
const COMPLETION = { type: PacketType.Completion, flags: 0, idHigh: 0 } as const;
const NO_REQUEST = {
  ...{ length: 52, srbStatus: 0, scsiStatus: 0, port: 0, path: 0, target: 0, lun: 0, cdbLength: 6, senseLength: 0 },
  ...{ dataIn: 2, transferLength: 0, cdb: new Uint8Array(16), queueTag: 0, queueAction: 0, srbFlags: 0, timeOut: 0 },
  queueSortKey: 0,
};

describe('the storage driver of a guest', () => {
  let rig: BusRig;
  let controller: Storvsp;
  let unit: DiskUnit;
  let kernel: TestKernel;
  let adapter: Storvsc;
  let heard: string[];
  const store = patternedDisk();

  function boot(host: number = VstorVersion.V6_2, versions: readonly number[] = VSTOR_VERSIONS): void {
    rig = new BusRig();
    heard = [];
    controller = scsiController('storvsp-0', '11112222-aaaa-bbbb-cccc-333344445555', host);
    unit = diskUnit(store, DRIVE, host);
    controller.plug(0, unit);
    controller.plug(3, new DvdUnit(disc()));
    rig.server.add(controller);
    kernel = new TestKernel(rig);
    kernel.bind(DeviceClass.Scsi, ({ relid }) => {
      const listener = {
        up: () => heard.push('up'),
        failed: (reason: string) => heard.push(`failed ${reason}`),
        finished: () => undefined,
        changed: () => heard.push('changed'),
        removed: () => heard.push('removed'),
      };
      const { client, pages } = kernel;
      return (adapter = new Storvsc({
        client,
        relid,
        memory: rig.memory,
        pages,
        state: newStorvsc(),
        versions,
        listener,
      }));
    });
    kernel.client.connect();
    rig.clock.advanceBy(MS);
    adapter.start();
    rig.clock.advanceBy(5 * MS);
  }

  beforeEach(() => boot());

  it('comes up, on the newest version that both have', () => {
    expect([heard, adapter.save().version]).toEqual([['up'], VstorVersion.V6_2]);
    boot(VstorVersion.V4_2);
    expect(adapter.save().version).toBe(VstorVersion.V4_2);
    boot(VstorVersion.V2_0, [VstorVersion.V6_2]);
    expect(heard).toEqual(['failed version']);
  });

  it('finds the units that are there', () => {
    const scan = newScan();
    for (let i = 0; i < 20 && !stepScan(scan, adapter); i++) rig.clock.advanceBy(MS);
    expect(scan.found.map(({ lun, kind, product, sectors }) => [lun, kind, product, sectors])).toEqual([
      [0, 'disk', 'Virtual Disk', DISK_SECTORS],
      [3, 'optical', 'Virtual DVD-ROM', 0],
    ]);
  });

  it('reads and writes, and gives its buffers back', () => {
    const disk = new StorvscDisk(adapter, { lun: 0, sectorCount: DISK_SECTORS, sectorSize: 512 });
    const before = kernel.pages.used;
    const data = new Uint8Array(4096).fill(0x77);
    const write = disk.submit({ op: 'write', lba: 40, data });
    const read = disk.submit({ op: 'read', lba: 40, count: 8 });
    const flush = disk.submit({ op: 'flush' });
    rig.clock.advanceBy(MS);
    expect([disk.take(write)?.ok, disk.take(flush)?.ok]).toEqual([true, true]);
    expect(disk.take(read)).toEqual({ ok: true, data });
    expect(disk.take(read)).toBeNull();
    expect(kernel.pages.used).toBe(before);
  });

  it('tries again after a unit attention', () => {
    unit.attend({ key: 6, asc: 0x29, ascq: 0 });
    const ticket = adapter.submit({ lun: 0, cdb: cdbs.testUnitReady(), room: 0, out: NOTHING });
    rig.clock.advanceBy(MS);
    expect([adapter.take(ticket)?.ok, adapter.save().attentions]).toEqual([true, 1]);
  });

  it('says what a provider that fails has said, and that nobody is there', () => {
    const { read } = store;
    store.read = (): never => {
      throw new BlockError('media', 'as the test wants it');
    };
    const bad = adapter.submit({ lun: 0, cdb: cdbs.read(0, 1), room: 512, out: NOTHING });
    const nobody = adapter.submit({ lun: 9, cdb: cdbs.testUnitReady(), room: 0, out: NOTHING });
    rig.clock.advanceBy(MS);
    store.read = read;
    expect(adapter.take(bad)).toMatchObject({ ok: false, absent: false, sense: { key: 3, asc: 0x11, ascq: 0 } });
    expect(adapter.take(nobody)).toMatchObject({ ok: false, absent: true });
  });

  it('ends what is under way when the controller is taken away', () => {
    const before = kernel.pages.used;
    const tickets = Array.from({ length: 300 }, () =>
      adapter.submit({ lun: 0, cdb: cdbs.read(0, 8), room: 4096, out: NOTHING }),
    );
    rig.server.remove(controller);
    rig.clock.advanceBy(20 * MS);
    expect(heard).toEqual(['up', 'removed']);
    expect(tickets.every((ticket) => adapter.take(ticket) !== null)).toBe(true);
    expect(adapter.busy).toBe(false);
    expect(kernel.pages.used).toBeLessThan(before);
  });

  it('looks again when a unit is gone, has another size, or the list is another', () => {
    const attend = (asc: number, ascq: number): void => unit.attend({ key: 6, asc, ascq });
    const ask = (lun: number): boolean => {
      const ticket = adapter.submit({ lun, cdb: cdbs.testUnitReady(), room: 0, out: NOTHING });
      rig.clock.advanceBy(MS);
      return adapter.take(ticket)?.ok ?? false;
    };
    expect([ask(9), heard.splice(0)]).toEqual([false, ['up', 'changed']]);
    attend(0x2a, 9);
    expect([ask(0), heard.splice(0)]).toEqual([true, ['changed']]);
    attend(0x3f, 0x0e);
    expect([ask(0), heard.splice(0)]).toEqual([true, ['changed']]);
    attend(0x29, 0);
    expect([ask(0), heard]).toEqual([true, []]);
  });

  it.each([
    ['busy', 0x05],
    ['aborted', 0x02],
  ])('sends a command again that the host was %s for, and gives up after the third time', (_name, srbStatus) => {
    const ticket = adapter.submit({ lun: 0, cdb: cdbs.testUnitReady(), room: 0, out: NOTHING });
    const payload = vstorPacket(VstorOp.CompleteIo, 64, VMSCSI_REQUEST.encode({ ...NO_REQUEST, srbStatus }));
    const answer = (): void => adapter.packet({ ...COMPLETION, idLow: ticket, payload, bytes: payload });
    answer();
    expect([adapter.take(ticket), adapter.save().waiting.length]).toEqual([null, 1]);
    for (let i = 0; i < 3; i++) {
      adapter.drained(); // sends what waits
      answer();
    }
    expect(adapter.take(ticket)).toMatchObject({ ok: false, absent: false });
  });

  it('hears that units came', () => {
    controller.plug(8, diskUnit(patternedDisk(), DRIVE, VstorVersion.V6_2));
    rig.clock.advanceBy(MS);
    expect(heard).toEqual(['up', 'changed']);
  });
});
