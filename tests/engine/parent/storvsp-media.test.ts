import { describe, expect, it } from 'vitest';
import { readU32 } from '@engine/base/bytes';
import { diskUnit } from '@engine/parent/vsp/storvsp/offers';
import { PacketType } from '@engine/vmbus/protocol/packet';
import * as vstor from '@engine/vmbus/protocol/vstor';
import { INQUIRY, rw10, TUR } from './scsi-requests';
import { DRIVE, disc, patternedDisk, StorRig } from './storage-rig';
import { MS } from './rig';

const { NtStatus, SrbStatus, VstorOp, VstorVersion } = vstor;

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
