import { describe, expect, it } from 'vitest';
import { Random } from '@engine/base/random';
import { fileCopyService } from '@engine/guest/vsc/ic/file-copy-service';
import { backupService } from '@engine/guest/vsc/ic/services';
import { BackupVsp } from '@engine/parent/vsp/ic/backup';
import { FileCopyVsp } from '@engine/parent/vsp/ic/file-copy';
import { IcStatus } from '@engine/vmbus/protocol/ic';
import { bench, SECOND, start } from './ic-rig';

describe('backup', () => {
  const backup = (canFreeze: boolean) => {
    const heard: string[] = [];
    const vsp: BackupVsp = new BackupVsp({ frozen: () => heard.push('frozen'), failed: () => heard.push('failed') });
    const made = bench(() => vsp);
    const handler = { freeze: () => (heard.push('writes stop'), canFreeze), thaw: () => heard.push('writes go on') };
    return { ...made, vsp, heard, service: backupService(handler) };
  };

  it('has the guest hold still until the copy is made', () => {
    const made = backup(true);
    expect(made.vsp.freeze()).toBe(false); // nobody is there
    start(made, made.service);
    expect(made.vsp.freeze()).toBe(true);
    expect(made.vsp.freeze()).toBe(false);
    made.rig.clock.advanceBy(SECOND);
    expect([made.vsp.phase, made.heard]).toEqual(['frozen', ['writes stop', 'frozen']]);
    expect(made.vsp.thaw()).toBe(true);
    made.rig.clock.advanceBy(SECOND);
    expect([made.vsp.phase, made.heard.at(-1)]).toEqual(['idle', 'writes go on']);
    expect(made.vsp.device.inspect()).toMatchObject({ done: 1, refused: 0 });
  });

  it('ends when the guest cannot, or goes away meanwhile', () => {
    const made = backup(false);
    start(made, made.service);
    made.vsp.freeze();
    made.rig.clock.advanceBy(SECOND);
    expect([made.vsp.phase, made.heard.at(-1)]).toEqual(['idle', 'failed']);
    const other = backup(true);
    const driver = start(other, other.service);
    other.vsp.freeze();
    other.rig.clock.advanceBy(SECOND);
    driver.channel.stop();
    other.rig.clock.advanceBy(SECOND);
    expect([other.vsp.phase, other.heard.at(-1)]).toEqual(['idle', 'failed']);
  });
});

describe('file copy', () => {
  it('brings every byte, one answered piece after the other, and ends when the guest refuses one', () => {
    const ends: number[] = [];
    const vsp = new FileCopyVsp({ finished: (status) => ends.push(status) });
    const made = bench(() => vsp);
    const heard: string[] = [];
    const got = new Uint8Array(20_000);
    let room = Infinity;
    const service = fileCopyService({
      begin: (folder, name, bytes, overwrite) => {
        heard.push(`${folder} ${name} ${bytes}`);
        return overwrite ? IcStatus.Ok : IcStatus.AlreadyExists;
      },
      verdict: () => null,
      write: (offset, data) => {
        if (offset + data.length > room) return IcStatus.DiskFull;
        got.set(data, offset);
        return IcStatus.Ok;
      },
      complete: () => (heard.push('complete'), IcStatus.Ok),
      cancel: () => (heard.push('cancel'), IcStatus.Ok),
    });
    const file = { folder: 'C:\\Temp', name: 'año.txt', bytes: new Random(9).bytes(20_000), overwrite: true };
    expect(vsp.copy(file)).toBe(false);
    start(made, service);
    expect([vsp.copy(file), vsp.copy(file)]).toEqual([true, false]);
    made.rig.clock.advanceBy(SECOND);
    expect([heard, ends]).toEqual([['C:\\Temp año.txt 20000', 'complete'], [0]]);
    expect(got).toEqual(file.bytes);
    room = 10_000;
    vsp.copy(file);
    made.rig.clock.advanceBy(SECOND);
    expect([heard.at(-1), ends]).toEqual(['cancel', [0, 0x8007_0070]]);
    vsp.copy({ ...file, overwrite: false });
    made.rig.clock.advanceBy(SECOND);
    expect([heard.at(-1), ends.at(-1)]).toEqual(['C:\\Temp año.txt 20000', 0x8007_0050]); // nothing to take back
  });
});
