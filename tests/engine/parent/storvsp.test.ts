import { describe, expect, it } from 'vitest';
import { BlockError } from '@engine/base/block-store';
import { readBe32, readU16, readU32, readU64 } from '@engine/base/bytes';
import { MemoryBlockStore } from '@engine/base/memory-block-store';
import { diskUnit, ideAccelerator } from '@engine/parent/vsp/storvsp/offers';
import { TraceKind } from '@engine/trace/kinds';
import { PacketType } from '@engine/vmbus/protocol/packet';
import * as vstor from '@engine/vmbus/protocol/vstor';
import { DISK_SECTORS, DRIVE, disc, patternedDisk, rangeOf, rw10, StorRig } from './storage-rig';
import { MS } from './rig';

const { NtStatus, SrbStatus, VstorOp, VstorVersion } = vstor;
const text = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));
const INQUIRY = [0x12, 0, 0, 0, 36, 0];
const TUR = [0, 0, 0, 0, 0, 0];

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

describe('moving data', () => {
  it('brings what was written through pages that lie apart', () => {
    const rig = new StorRig().begin();
    const bytes = Uint8Array.from({ length: 65_536 }, (_, i) => (i * 31) >> 3);
    const written = rig.ask(rw10(0x2a, 100, 128), { write: bytes, offset: 512 });
    expect([written.srb, written.scsi, written.transferred]).toEqual([SrbStatus.Success, 0, 65_536]);
    expect(rig.disk.read(100, 128)).toEqual(bytes);
    const read = rig.ask(rw10(0x28, 100, 128), { read: 65_536, offset: 3584 });
    expect(read.data).toEqual(bytes);
    expect(rig.counters()).toMatchObject({ reads: 1, bytesRead: 65_536, writes: 1, bytesWritten: 65_536 });
  });

  it('counts each transfer in the trace, and charges the copy', () => {
    const rig = new StorRig().begin();
    const before = rig.meter.total;
    rig.ask(rw10(0x28, 8, 4), { read: 2048 });
    expect(rig.trace.countBelow(TraceKind.DiskRead, 'vm-1')).toBe(1);
    expect(rig.meter.total - before).toBeGreaterThan(2048 * 0.2);
  });

  it.each([
    ['READ(6)', [0x08, 0, 0, 5, 1, 0]],
    ['READ(12)', [0xa8, 0, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0]],
    ['READ(16)', [0x88, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0]],
  ])('knows %s', (_name, cdb) => {
    const rig = new StorRig().begin();
    expect(rig.ask(cdb, { read: 512 }).data).toEqual(rig.disk.read(5, 1));
  });

  it.each([
    ['WRITE(6)', [0x0a, 0, 0, 9, 1, 0]],
    ['WRITE(12)', [0xaa, 0, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0]],
    ['WRITE(16)', [0x8a, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0]],
  ])('knows %s', (_name, cdb) => {
    const rig = new StorRig().begin();
    expect(rig.ask(cdb, { write: new Uint8Array(512).fill(0xa5) }).srb).toBe(SrbStatus.Success);
    expect(rig.disk.read(9, 1)).toEqual(new Uint8Array(512).fill(0xa5));
  });

  it('flushes for SYNCHRONIZE CACHE and for forced unit access, not otherwise', () => {
    const drive = patternedDisk();
    let flushes = 0;
    drive.flush = (): void => void flushes++;
    const rig = new StorRig({ drive }).begin();
    rig.ask(rw10(0x2a, 0, 1), { write: new Uint8Array(512) });
    expect(flushes).toBe(0);
    rig.ask(rw10(0x2a, 0, 1, 8), { write: new Uint8Array(512) });
    expect(flushes).toBe(1);
    rig.ask(rw10(0x35, 0, 0));
    expect(flushes).toBe(2);
  });

  it.each([
    ['an unknown command', [0xc1, 0, 0, 0, 0, 0], '05/20/00'],
    ['an address behind the end', rw10(0x28, DISK_SECTORS, 1), '05/21/00'],
    ['more sectors than the buffer holds', rw10(0x28, 0, 3), '05/24/00'],
    ['a READ CAPACITY of another kind', [0x9e, 0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0], '05/24/00'],
    ['a mode page that is not there', [0x1a, 0, 0x1c, 0, 64, 0], '05/24/00'],
  ])('ends %s with sense data', (_name, cdb, sense) => {
    const rig = new StorRig().begin();
    const ended = rig.ask(cdb, { read: 1024 });
    expect(ended).toMatchObject({ status: 0, srb: 0x84, scsi: 2, transferred: 0, sense });
    expect(rig.counters()['checkConditions']).toBe(1);
  });

  it.each([
    ['media', '03/0c/00', '03/11/00'],
    ['full', '07/27/07', '07/27/07'],
    ['closed', '04/44/00', '04/44/00'],
  ] as const)('turns a store that fails (%s) into sense data', (kind, onWrite, onRead) => {
    const drive = patternedDisk();
    drive.read = drive.write = (): never => {
      throw new BlockError(kind, 'as the test wants it');
    };
    const rig = new StorRig({ drive }).begin();
    expect(rig.ask(rw10(0x2a, 0, 1), { write: new Uint8Array(512) }).sense).toBe(onWrite);
    expect(rig.ask(rw10(0x28, 0, 1), { read: 512 }).sense).toBe(onRead);
  });

  it('does not write what is protected', () => {
    const rig = new StorRig({ drive: patternedDisk(128, true) }).begin();
    expect(rig.ask(rw10(0x2a, 0, 1), { write: new Uint8Array(512) }).sense).toBe('07/27/00');
  });

  it('refuses buffers that are not RAM, that are too small, or that are missing', () => {
    const rig = new StorRig().begin();
    const before = rig.disk.read(0, 8);
    const packet = rig.packet(rw10(0x2a, 0, 8), { write: new Uint8Array(4096) });
    const far = rig.send(packet, rangeOf([0xfff_ffff], 4096))[0]?.payload ?? new Uint8Array(0);
    expect([rig.statusOf(far), far[14]]).toEqual([NtStatus.InvalidParameter, SrbStatus.InvalidRequest]);
    expect(rig.statusOf(rig.send(packet, rangeOf([0x300], 2048))[0]?.payload ?? far)).toBe(NtStatus.InvalidParameter);
    expect(rig.statusOf(rig.send(packet)[0]?.payload ?? far)).toBe(NtStatus.InvalidParameter);
    expect(rig.counters()['malformed']).toBe(3);
    expect(rig.disk.read(0, 8)).toEqual(before);
  });

  it('cuts what a command brings to the room that the guest has, and says so', () => {
    const { srb, transferred } = new StorRig().begin().ask([0x12, 0, 0, 0, 36, 0], { read: 8 });
    expect([srb, transferred]).toEqual([SrbStatus.DataOverrun, 8]);
  });
});

describe('DVD, resets and changes', () => {
  it('reads sectors of 2,048 bytes, and says when there is no disc', () => {
    const rig = new StorRig().begin();
    expect(rig.ask(rw10(0x28, 3, 2), { lun: 2, read: 4096 }).data).toEqual(disc().read(3, 2));
    rig.dvd.setDisc(null);
    expect(rig.ask(TUR, { lun: 2 }).sense).toBe('02/3a/00');
  });

  it('says once that the disc is another', () => {
    const rig = new StorRig().begin();
    rig.dvd.setDisc(disc(50));
    expect(rig.ask(INQUIRY, { lun: 2, read: 36 }).sense).toBe('');
    expect(rig.ask(TUR, { lun: 2 }).sense).toBe('06/28/00');
    expect(rig.ask(TUR, { lun: 2 }).srb).toBe(SrbStatus.Success);
    expect(rig.ask(rw10(0x28, 0, 1), { lun: 2, read: 2048 }).data[0]).toBe(50);
  });

  it('is ejected by the guest unless removal is prevented', () => {
    const rig = new StorRig().begin();
    rig.ask([0x1e, 0, 0, 0, 1, 0], { lun: 2 });
    expect(rig.ask([0x1b, 0, 0, 0, 2, 0], { lun: 2 }).sense).toBe('05/53/02');
    rig.ask([0x1e, 0, 0, 0, 0, 0], { lun: 2 });
    expect(rig.ask([0x1b, 0, 0, 0, 2, 0], { lun: 2 }).srb).toBe(SrbStatus.Success);
    expect(rig.ask(TUR, { lun: 2 }).sense).toBe('02/3a/00');
  });

  it('tells each unit of a bus reset once', () => {
    const rig = new StorRig().begin();
    expect(rig.statusOf(rig.operation(VstorOp.ResetBus))).toBe(NtStatus.Success);
    for (const lun of [0, 2])
      expect([rig.ask(TUR, { lun }).sense, rig.ask(TUR, { lun }).sense]).toEqual(['06/29/00', '']);
  });

  it('resets one unit alone', () => {
    const rig = new StorRig().begin();
    const request = rig.packet(TUR, { lun: 2 });
    request[0] = VstorOp.ResetLun;
    expect(rig.statusOf(rig.send(request)[0]?.payload ?? request)).toBe(NtStatus.Success);
    expect([rig.ask(TUR).sense, rig.ask(TUR, { lun: 2 }).sense]).toEqual(['', '06/29/00']);
    request[19] = 9;
    expect(rig.statusOf(rig.send(request)[0]?.payload ?? request)).toBe(NtStatus.InvalidParameter);
  });

  it('tells the driver to look when a disk comes or goes', () => {
    const rig = new StorRig().begin();
    rig.storvsp.plug(5, diskUnit(patternedDisk(), DRIVE, VstorVersion.V6_2));
    rig.clock.advanceBy(MS);
    const [news] = rig.take();
    expect([news?.type, news?.idLow, news?.idHigh]).toEqual([PacketType.InBand, 0, 0]);
    expect(readU32(news?.payload ?? new Uint8Array(4), 0)).toBe(VstorOp.EnumerateBus);
    expect(rig.ask(TUR).sense).toBe('06/3f/0e');
    expect(rig.storvsp.unplug(5)).toBe(true);
    rig.clock.advanceBy(MS);
    expect(rig.take()).toHaveLength(1);
    expect(rig.ask(TUR, { lun: 5 }).srb).toBe(SrbStatus.InvalidLun);
    expect(rig.storvsp.unplug(5)).toBe(false);
  });

  it('says nothing to a driver that has not begun: it will look by itself', () => {
    const rig = new StorRig();
    rig.storvsp.plug(5, diskUnit(patternedDisk(), DRIVE, VstorVersion.V6_2));
    rig.clock.advanceBy(MS);
    expect(rig.take()).toEqual([]);
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

describe('under load', () => {
  /** Requests as long as the ring takes them; how many. */
  function fill(rig: StorRig): number {
    const channel = rig.kernel.client.channel(1);
    const payload = rig.packet(TUR, {});
    let sent = 0;
    while (sent < 2000 && channel?.send({ type: PacketType.InBand, payload, flags: 1, idLow: sent + 1 })) sent++;
    return sent;
  }

  it('answers in order, each with its own transaction id', () => {
    const rig = new StorRig().begin();
    const sent = fill(rig);
    rig.clock.advanceBy(20 * MS);
    expect(sent).toBeGreaterThan(200);
    expect(rig.take().map(({ idLow }) => idLow)).toEqual(Array.from({ length: sent }, (_, i) => i + 1));
  });

  it('goes on after save and restore with what was outstanding: nothing lost, nothing twice', () => {
    const rig = new StorRig().begin();
    rig.kernel.client.closeChannel(1);
    rig.clock.advanceBy(MS);
    rig.kernel.client.openChannel(1, { sendPages: 8, receivePages: 2 }); // answers soon find no room
    rig.clock.advanceBy(MS);
    rig.begin();
    rig.stopListening();
    const sent = fill(rig);
    rig.clock.advanceBy(5 * MS);
    const saved = { bus: rig.server.save(), stor: rig.storvsp.save() };
    expect(saved.stor.waiting[0]).toHaveLength(1);
    rig.storvsp.reset();
    rig.server.restore(saved.bus);
    rig.storvsp.restore(saved.stor);
    expect(rig.storvsp.save()).toEqual(saved.stor);
    rig.listenFor(50 * MS);
    expect(rig.take().map(({ idLow }) => idLow)).toEqual(Array.from({ length: sent }, (_, i) => i + 1));
  });

  it('forgets what was outstanding for a driver that has gone', () => {
    const rig = new StorRig().begin();
    fill(rig);
    rig.kernel.client.closeChannel(1);
    rig.clock.advanceBy(5 * MS);
    expect(rig.storvsp.save().waiting[0] ?? []).toEqual([]);
  });
});

it('keeps ids and lengths as the structures have them', () => {
  const packet = new StorRig().packet(rw10(0x28, 0x0102_0304, 9), { lun: 3, read: 4608 });
  expect([packet.length, readU16(packet, 12), packet[19], packet[20], packet[21], packet[22]]).toEqual([
    64, 52, 3, 10, 20, 1,
  ]);
  expect([readU32(packet, 24), readU64(packet, 28), readU32(packet, 56)]).toEqual([4608, 0x0000_0403_0201_0028n, 60]);
});
