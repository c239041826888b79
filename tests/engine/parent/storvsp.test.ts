import { describe, expect, it } from 'vitest';
import { readBe32, readU16, readU32, readU64 } from '@engine/base/bytes';
import { MemoryBlockStore } from '@engine/base/memory-block-store';
import { diskUnit, ideAccelerator } from '@engine/parent/vsp/storvsp/offers';
import * as vstor from '@engine/vmbus/protocol/vstor';
import { INQUIRY, rw10, text, TUR } from './scsi-requests';
import { DISK_SECTORS, DRIVE, patternedDisk, StorRig } from './storage-rig';
import { MS } from './rig';

const { NtStatus, SrbStatus, VstorOp, VstorVersion } = vstor;

describe('how a driver begins', () => {
  it('goes step by step, and answers each step as storvsc needs it', () => {
    const rig = new StorRig();
    const answer = rig.operation(VstorOp.BeginInitialization);
    expect(readU32(answer, 0)).toBe(VstorOp.CompleteIo);
    expect(rig.statusOf(answer)).toBe(NtStatus.Success);
    expect(rig.query(VstorVersion.V6_2)).toBe(NtStatus.Success);
    const properties = vstor.VSTOR_PROPERTIES.decode(rig.operation(VstorOp.QueryProperties), 12);
    expect(properties).toEqual({ maxChannels: 0, flags: 0, maxTransferBytes: 0x4_0000 });
    expect(rig.storvsp.ready).toBe(false);
    expect(rig.statusOf(rig.operation(VstorOp.EndInitialization))).toBe(NtStatus.Success);
    expect(rig.storvsp.ready).toBe(true);
  });

  it('refuses versions newer than its host, and takes the next one', () => {
    const rig = new StorRig({ vstor: VstorVersion.V5_1 });
    rig.operation(VstorOp.BeginInitialization);
    expect(rig.query(VstorVersion.V6_2)).toBe(NtStatus.RevisionMismatch);
    expect(rig.query(VstorVersion.V6_0)).toBe(NtStatus.RevisionMismatch);
    expect(rig.query(0x0503)).toBe(NtStatus.RevisionMismatch);
    expect(rig.query(VstorVersion.V5_1)).toBe(NtStatus.Success);
    expect(rig.storvsp.version).toBe(VstorVersion.V5_1);
  });

  it.each([
    VstorOp.QueryProtocolVersion,
    VstorOp.QueryProperties,
    VstorOp.EndInitialization,
    VstorOp.ExecuteSrb,
    VstorOp.ResetBus,
  ])('refuses operation %i before its turn', (operation) => {
    const rig = new StorRig();
    expect(rig.statusOf(rig.operation(operation))).toBe(NtStatus.InvalidDeviceState);
    expect(rig.counters()['outOfPlace']).toBe(1);
    expect(rig.storvsp.ready).toBe(false);
  });

  it('begins anew when the channel is opened again', () => {
    const rig = new StorRig().begin();
    rig.kernel.client.closeChannel(1);
    rig.clock.advanceBy(MS);
    expect(rig.storvsp.ready).toBe(false);
    rig.kernel.client.openChannel(1, { sendPages: 4, receivePages: 4 });
    rig.clock.advanceBy(MS);
    rig.begin();
    expect(rig.ask(TUR).srb).toBe(SrbStatus.Success);
  });

  it('talks to drivers of Windows Server 2008 R2 in packets of 48 bytes', () => {
    const rig = new StorRig({ vstor: VstorVersion.V4_2 });
    expect(rig.operation(VstorOp.BeginInitialization, undefined, 48)).toHaveLength(48);
    rig.query(VstorVersion.V4_2);
    rig.operation(VstorOp.QueryProperties, undefined, 48);
    rig.operation(VstorOp.EndInitialization, undefined, 48);
    const answer = rig.ask(INQUIRY, { read: 36 });
    expect([answer.srb, answer.transferred, answer.data[2]]).toEqual([SrbStatus.Success, 36, 4]); // SPC-2, as hosts of that age claim
  });

  it('counts what is no storage packet and answers nothing', () => {
    const rig = new StorRig().begin();
    expect(rig.send(new Uint8Array(40))).toEqual([]);
    expect(rig.counters()['malformed']).toBe(1);
  });

  it('says of operations it does not know that they are not supported', () => {
    const rig = new StorRig().begin();
    expect(rig.statusOf(rig.operation(98))).toBe(NtStatus.NotSupported);
    expect(rig.statusOf(rig.operation(99))).toBe(NtStatus.NotSupported);
    expect(rig.counters()['unsupported']).toBe(2);
  });
});

describe('who is there', () => {
  it('describes a disk as Hyper-V does', () => {
    const { data, srb } = new StorRig().begin().ask(INQUIRY, { read: 36 });
    expect(srb).toBe(SrbStatus.Success);
    expect([data[0], data[1], data[2], data[4]]).toEqual([0, 0, 5, 31]);
    expect(text(data, 8, 28)).toBe('Msft    Virtual Disk    1.0 ');
  });

  it('describes a DVD drive', () => {
    const { data } = new StorRig().begin().ask(INQUIRY, { lun: 2, read: 36 });
    expect([data[0], data[1], data[2]]).toEqual([5, 0x80, 5]);
    expect(text(data, 8, 24)).toBe('Msft    Virtual DVD-ROM ');
  });

  it.each([{ lun: 1 }, { target: 1 }, { path: 7 }, { lun: 200, target: 3 }])(
    'shows nobody at %o, in a way that Linux does not take for a disk',
    (place) => {
      const rig = new StorRig().begin();
      const { srb, transferred, data } = rig.ask(INQUIRY, { ...place, read: 36 });
      expect([srb, transferred, data[0]]).toEqual([SrbStatus.Success, 36, 0x7f]);
      expect(rig.ask([0x12, 1, 0x83, 0, 255, 0], { ...place, read: 255 }).sense).toBe('05/24/00');
      expect(rig.ask(TUR, place).srb).toBe(SrbStatus.InvalidLun);
      expect(rig.ask(rw10(0x28, 0, 1), { ...place, read: 512 }).srb).toBe(SrbStatus.InvalidLun);
      expect(rig.counters()['absent']).toBe(2);
    },
  );

  it('lists the LUNs of the target that has some, and of no other', () => {
    const rig = new StorRig().begin();
    const report = [0xa0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0];
    const { data } = rig.ask(report, { read: 256 });
    expect([readBe32(data, 0), data[9], data[17]]).toEqual([16, 0, 2]);
    expect(readBe32(rig.ask(report, { read: 256, target: 1 }).data, 0)).toBe(0);
  });

  it('names a disk by its id in vital product data', () => {
    const rig = new StorRig().begin();
    const page = (code: number): Uint8Array => rig.ask([0x12, 1, code, 0, 255, 0], { read: 255 }).data;
    expect([...page(0).subarray(3, 10)]).toEqual([6, 0, 0x80, 0x83, 0xb0, 0xb1, 0xb2]);
    const naa = '600224801' + '12c0a5f3e9d524b8a770123'; // Microsoft's prefix, and the drive's GUID as it lies in memory
    expect(text(page(0x80), 4, 32)).toBe(naa);
    expect(text(page(0x83), 8, 4)).toBe('MSFT');
    expect(page(0x83)[3]).toBe(28 + 20);
    expect(readBe32(page(0xb0), 8)).toBe(16_384);
    expect(rig.ask([0x12, 1, 0xb7, 0, 255, 0], { read: 255 }).sense).toBe('05/24/00');
  });

  it('says how large it is, in both ways', () => {
    const rig = new StorRig().begin();
    const ten = rig.ask([0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0], { read: 8 }).data;
    expect([readBe32(ten, 0), readBe32(ten, 4)]).toEqual([DISK_SECTORS - 1, 512]);
    const sixteen = rig.ask([0x9e, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0], { read: 32 }).data;
    expect([readBe32(sixteen, 4), readBe32(sixteen, 8), sixteen[13]]).toEqual([DISK_SECTORS - 1, 512, 3]);
    const huge = new StorRig({ drive: new MemoryBlockStore({ sectorCount: 2 ** 33 }) }).begin();
    expect(readBe32(huge.ask([0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0], { read: 8 }).data, 0)).toBe(0xffff_ffff);
  });

  it('says whether it may be written', () => {
    const mode = [0x1a, 0, 0x3f, 0, 64, 0];
    expect([...new StorRig().begin().ask(mode, { read: 64 }).data.subarray(0, 7)]).toEqual([15, 0, 0x10, 0, 8, 10, 4]);
    expect(new StorRig({ drive: patternedDisk(128, true) }).begin().ask(mode, { read: 64 }).data[2]).toBe(0x90);
  });
});

describe('the accelerator of an IDE disk', () => {
  const rig = (): StorRig =>
    new StorRig({
      device: (version) =>
        ideAccelerator('storvsp-ide-2', { channel: 1, device: 0 }, diskUnit(patternedDisk(), DRIVE, version), version),
    });

  it('says in its offer which disk it is', () => {
    const offer = vstor.VSTOR_IDE_OFFER.decode(rig().storvsp.offer.userDefined ?? new Uint8Array(0));
    expect(offer).toEqual({ path: 1, target: 0, flags: 2 });
    expect(rig().storvsp.offer.instance).toBe('00000001-0000-8899-0000-000000000000');
  });

  it('answers on whichever path the driver uses, at one target and LUN', () => {
    const ide = rig().begin();
    for (const path of [0, 1]) expect(ide.ask(INQUIRY, { path, read: 36 }).data[0]).toBe(0);
    expect(ide.ask(INQUIRY, { target: 1, read: 36 }).data[0]).toBe(0x7f);
    expect(ide.ask(INQUIRY, { lun: 1, read: 36 }).data[0]).toBe(0x7f);
  });
});

it('keeps ids and lengths as the structures have them', () => {
  const packet = new StorRig().packet(rw10(0x28, 0x0102_0304, 9), { lun: 3, read: 4608 });
  expect([packet.length, readU16(packet, 12), packet[19], packet[20], packet[21], packet[22]]).toEqual([
    64, 52, 3, 10, 20, 1,
  ]);
  expect([readU32(packet, 24), readU64(packet, 28), readU32(packet, 56)]).toEqual([4608, 0x0000_0403_0201_0028n, 60]);
});
