import { writeBe16, writeBe32 } from '../../../base/bytes';
import { ScsiOp } from '../../../base/scsi/commands';

function block(length: number, opcode: number, ...fields: readonly (readonly [number, number])[]): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes[0] = opcode;
  for (const [at, value] of fields) bytes[at] = value;
  return bytes;
}

const LAST_32 = 2 ** 32;

/** Sectors by READ(10) and WRITE(10), or the 16-byte forms beyond 2 TB. */
function transfer(short: number, long: number, lba: number, count: number): Uint8Array {
  if (lba + count <= LAST_32) {
    const bytes = block(10, short);
    writeBe32(bytes, 2, lba);
    writeBe16(bytes, 7, count);
    return bytes;
  }
  const bytes = block(16, long);
  writeBe32(bytes, 2, Math.floor(lba / LAST_32));
  writeBe32(bytes, 6, lba % LAST_32);
  writeBe32(bytes, 10, count);
  return bytes;
}

/** Command blocks that the drivers here send: SPC-3, SBC-3. */
export const cdbs = {
  testUnitReady: () => block(6, ScsiOp.TestUnitReady),
  inquiry: (room: number) => block(6, ScsiOp.Inquiry, [4, room]),
  reportLuns: (room: number) => {
    const bytes = block(12, ScsiOp.ReportLuns);
    writeBe32(bytes, 6, room);
    return bytes;
  },
  readCapacity10: () => block(10, ScsiOp.ReadCapacity10),
  readCapacity16: (room: number) => {
    const bytes = block(16, ScsiOp.ServiceActionIn16, [1, 0x10]);
    writeBe32(bytes, 10, room);
    return bytes;
  },
  read: (lba: number, count: number) => transfer(ScsiOp.Read10, ScsiOp.Read16, lba, count),
  write: (lba: number, count: number) => transfer(ScsiOp.Write10, ScsiOp.Write16, lba, count),
  synchronizeCache: () => block(10, ScsiOp.SynchronizeCache10),
};
