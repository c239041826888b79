import { describe, expect, it } from 'vitest';
import { BlockError } from '@engine/base/block-store';
import { TraceKind } from '@engine/trace/kinds';
import { PacketType } from '@engine/vmbus/protocol/packet';
import * as vstor from '@engine/vmbus/protocol/vstor';
import { rangeOf, rw10, TUR } from './scsi-requests';
import { DISK_SECTORS, patternedDisk, StorRig } from './storage-rig';
import { MS } from './rig';

const { NtStatus, SrbStatus } = vstor;

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
