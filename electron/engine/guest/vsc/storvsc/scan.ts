import { asciiOf, readBe16, readBe32 } from '../../../base/bytes';
import { DeviceType } from '../../../base/scsi/commands';
import { cdbs } from './cdb';
import type { ScsiOutcome } from './state';
import type { Storvsc } from './storvsc';

/** A unit that answered. */
export interface FoundUnit {
  readonly lun: number;
  readonly kind: 'disk' | 'optical';
  readonly vendor: string;
  readonly product: string;
  readonly revision: string;
  /** Version of SPC that it claims: 5 is SPC-3. */
  readonly version: number;
  /** Of a disk; 0 for an optical drive. */
  readonly sectors: number;
  readonly sectorSize: number;
}

/** How far a look at all units is. Plain. */
export interface ScanState {
  step: 'luns' | 'inquiry' | 'capacity' | 'done';
  luns: number[];
  index: number;
  ticket: number | null;
  /** Of the unit that is looked at. */
  inquiry: Uint8Array;
  found: FoundUnit[];
}

/** @param luns the units to look at; without them the controller is asked which there are */
export function newScan(luns: readonly number[] = []): ScanState {
  const step = luns.length > 0 ? 'inquiry' : 'luns';
  return { step, luns: [...luns], index: 0, ticket: null, inquiry: new Uint8Array(0), found: [] };
}

const LIST_ROOM = 8 + 64 * 8;
const INQUIRY_ROOM = 36;
const CAPACITY_ROOM = 32;
const CAPACITY_10_ROOM = 8;

/** Goes on with a look at all units of a controller: which LUNs there are, what each is, how large disks are. True when it is over. */
export function stepScan(scan: ScanState, adapter: Storvsc): boolean {
  while (scan.step !== 'done') {
    const outcome = ask(scan, adapter);
    if (!outcome) return false;
    if (scan.step === 'luns') takeList(scan, outcome);
    else if (scan.step === 'inquiry') takeInquiry(scan, outcome);
    else takeCapacity(scan, outcome);
  }
  return true;
}

/** Sends the command of this step once; its outcome when it has come. */
function ask(scan: ScanState, adapter: Storvsc): ScsiOutcome | null {
  const lun = scan.luns[scan.index] ?? 0;
  const isLarge = version(scan) >= 5;
  const [cdb, room] =
    scan.step === 'luns'
      ? [cdbs.reportLuns(LIST_ROOM), LIST_ROOM]
      : scan.step === 'inquiry'
        ? [cdbs.inquiry(INQUIRY_ROOM), INQUIRY_ROOM]
        : isLarge
          ? [cdbs.readCapacity16(CAPACITY_ROOM), CAPACITY_ROOM]
          : [cdbs.readCapacity10(), CAPACITY_10_ROOM];
  scan.ticket ??= adapter.submit({ lun, cdb, room, out: new Uint8Array(0) });
  const outcome = adapter.take(scan.ticket);
  if (outcome) scan.ticket = null;
  return outcome;
}

function version({ inquiry }: ScanState): number {
  return inquiry[2] ?? 0;
}

function takeList(scan: ScanState, { ok, data }: ScsiOutcome): void {
  const count = ok && data.length >= 8 ? Math.min(readBe32(data, 0), data.length - 8) / 8 : 0;
  scan.luns = Array.from({ length: Math.floor(count) }, (_, i) => readBe16(data, 8 + i * 8) & 0x3fff);
  scan.index = -1;
  nextUnit(scan);
}

function nextUnit(scan: ScanState): void {
  scan.index++;
  scan.step = scan.index < scan.luns.length ? 'inquiry' : 'done';
}

function takeInquiry(scan: ScanState, { ok, data }: ScsiOutcome): void {
  scan.inquiry = data;
  const type = ok && data.length >= INQUIRY_ROOM ? (data[0] ?? DeviceType.absent) : DeviceType.absent;
  if (type === DeviceType.disk) {
    scan.step = 'capacity';
    return;
  }
  if (type === DeviceType.optical) add(scan, 'optical', 0, 2048);
  nextUnit(scan);
}

function takeCapacity(scan: ScanState, { ok, data }: ScsiOutcome): void {
  if (ok && data.length === CAPACITY_ROOM)
    add(scan, 'disk', readBe32(data, 0) * 2 ** 32 + readBe32(data, 4) + 1, readBe32(data, 8));
  else if (ok && data.length === CAPACITY_10_ROOM) add(scan, 'disk', readBe32(data, 0) + 1, readBe32(data, 4));
  nextUnit(scan);
}

function add(scan: ScanState, kind: FoundUnit['kind'], sectors: number, sectorSize: number): void {
  const { inquiry } = scan;
  const text = (from: number, to: number): string => asciiOf(inquiry.subarray(from, to)).trim();
  const names = { vendor: text(8, 16), product: text(16, 32), revision: text(32, 36) };
  scan.found.push({ lun: scan.luns[scan.index] ?? 0, kind, ...names, version: version(scan), sectors, sectorSize });
}
