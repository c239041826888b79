import { cut, DeviceType, done, ScsiOp, type ScsiResult } from '../../../base/scsi/commands';
import { standardInquiry } from '../../../base/scsi/inquiry';
import { fixedSense, SENSE_BYTES, SenseOf } from '../../../base/scsi/sense';
import { readBe16, readBe32, writeBe32, writeU32 } from '../../../base/bytes';
import { TraceKind } from '../../../trace/kinds';
import { PacketType, type Packet } from '../../../vmbus/protocol/packet';
import {
  DataIn,
  NtStatus,
  ScsiStatus,
  SENSE_AT,
  SrbStatus,
  VMSCSI_REQUEST,
  VMSCSI_REQUEST_OLD,
  VSTOR_BODY,
  type VmscsiRequest,
} from '../../../vmbus/protocol/vstor';
import type { HostChannel } from '../../../vmbus/server/host-channel';
import type { PluggedUnits } from './plugged-units';
import type { StorvspCounters } from './state';
import type { UnitAddress } from './unit';

/** Most bytes that one request may move: a guest cannot make the host hold more than this. */
const MAX_REQUEST = 8 * 1024 * 1024;
const LARGEST_CDB = 16;

/** What a request acts on. */
export interface SrbHost {
  readonly units: PluggedUnits;
  readonly channel: HostChannel;
  readonly counters: StorvspCounters;
}

/** How a request ends: fields of the completion's request block. */
interface SrbEnd {
  readonly srbStatus: number;
  readonly scsiStatus: number;
  readonly transferred: number;
  readonly sense?: Uint8Array;
}

const INVALID: SrbEnd = { srbStatus: SrbStatus.InvalidRequest, scsiStatus: ScsiStatus.Good, transferred: 0 };
const NO_UNIT: SrbEnd = { srbStatus: SrbStatus.InvalidLun, scsiStatus: ScsiStatus.Good, transferred: 0 };

/**
 * Carries out an EXECUTE_SRB; `answer` is a copy of its packet and becomes the completion. Returns the NT status of the packet: a
 * request that failed in SCSI's terms was still carried out.
 */
export function executeSrb(packet: Packet, answer: Uint8Array, host: SrbHost): number {
  const { counters } = host;
  const request = VMSCSI_REQUEST_OLD.decode(answer, VSTOR_BODY);
  counters.commands++;
  const buffer = request && bufferOf(packet, request, host.channel);
  if (!request || !buffer) {
    counters.malformed++;
    conclude(answer, INVALID);
    return NtStatus.InvalidParameter;
  }
  conclude(answer, run(packet, request, host));
  return NtStatus.Success;
}

/** True when the packet's page ranges (or none) hold as many bytes as the request says, all of them RAM. */
function bufferOf(packet: Packet, request: VmscsiRequest, channel: HostChannel): boolean {
  const { transferLength, cdbLength } = request;
  if (cdbLength === 0 || cdbLength > LARGEST_CDB || transferLength > MAX_REQUEST) return false;
  if (packet.type !== PacketType.GpaDirect) return packet.type === PacketType.InBand && transferLength === 0;
  return channel.gpaDirectBytes(packet) >= transferLength;
}

function run(packet: Packet, request: VmscsiRequest, host: SrbHost): SrbEnd {
  const { channel, counters } = host;
  const { transferLength, dataIn, senseLength } = request;
  const cdb = request.cdb.fill(0, request.cdbLength);
  const takesData = dataIn === DataIn.Write && transferLength > 0;
  const out = takesData ? channel.readGpaDirect(packet, MAX_REQUEST)?.subarray(0, transferLength) : new Uint8Array(0);
  if (!out) return INVALID;
  const room = dataIn === DataIn.Read ? transferLength : 0;
  const result = answerOf(cdb, request, out, room, host);
  if (result === null) {
    counters.absent++;
    return NO_UNIT;
  }
  if ('sense' in result) {
    counters.checkConditions++;
    const sense = fixedSense(result.sense).subarray(0, Math.min(SENSE_BYTES, senseLength));
    return {
      srbStatus: SrbStatus.Error | SrbStatus.AutosenseValid,
      scsiStatus: ScsiStatus.CheckCondition,
      transferred: 0,
      sense,
    };
  }
  return deliver(packet, result.data, takesData ? transferLength : 0, room, channel);
}

/** Puts what a command brought into the guest's memory. More than the guest has room for is cut off. */
function deliver(packet: Packet, data: Uint8Array, written: number, room: number, channel: HostChannel): SrbEnd {
  const fits = data.length <= room ? data : data.subarray(0, room);
  if (fits.length > 0) channel.writeGpaDirect(packet, fits);
  if (fits.length + written > 0) channel.chargeCopy(fits.length + written);
  const srbStatus = data.length > fits.length ? SrbStatus.DataOverrun : SrbStatus.Success;
  return { srbStatus, scsiStatus: ScsiStatus.Good, transferred: fits.length + written };
}

/** What the unit answers, or the controller for it; null where there is no unit. */
function answerOf(
  cdb: Uint8Array,
  address: UnitAddress,
  out: Uint8Array,
  room: number,
  host: SrbHost,
): ScsiResult | null {
  if (cdb[0] === ScsiOp.ReportLuns) return reportLuns(cdb, host.units.lunsOf(address.path, address.target));
  const unit = host.units.unitAt(address);
  if (!unit) return cdb[0] === ScsiOp.Inquiry ? absentInquiry(cdb, address) : null;
  return unit.execute({ cdb, out, room, account: (...moved) => count(host, ...moved) });
}

function count(
  { channel, counters }: SrbHost,
  kind: 'read' | 'write',
  lba: number,
  sectors: number,
  bytes: number,
): void {
  const isRead = kind === 'read';
  channel.record(isRead ? TraceKind.DiskRead : TraceKind.DiskWrite, lba >>> 0, sectors);
  counters[isRead ? 'reads' : 'writes']++;
  counters[isRead ? 'bytesRead' : 'bytesWritten'] += bytes;
}

/**
 * INQUIRY to where no unit is. A driver that took a failure for an answer (as Linux does) would see a disk, so the answer
 * says that there is none.
 */
function absentInquiry(cdb: Uint8Array, { lun }: UnitAddress): ScsiResult {
  if (((cdb[1] ?? 0) & 1) !== 0) return { sense: SenseOf.invalidField };
  const product = lun === 0 ? 'Virtual Disk' : '';
  const about = {
    type: DeviceType.absent,
    removable: false,
    version: 5,
    format: 2,
    vendor: lun === 0 ? 'Msft' : '',
    product,
  };
  return cut(standardInquiry(about), readBe16(cdb, 3));
}

/** The list of a target's units: SPC-3, 6.21. The controller answers it for any target. */
function reportLuns(cdb: Uint8Array, luns: readonly number[]): ScsiResult {
  const data = new Uint8Array(8 + luns.length * 8);
  writeBe32(data, 0, luns.length * 8);
  luns.forEach((lun, i) => {
    data[9 + i * 8] = lun;
  });
  const room = readBe32(cdb, 6);
  return room < 16 ? { sense: SenseOf.invalidField } : done(data.slice(0, room));
}

/** Writes the end of a request into its completion; sense data take the place of the CDB. */
function conclude(answer: Uint8Array, { srbStatus, scsiStatus, transferred, sense }: SrbEnd): void {
  const { fields } = VMSCSI_REQUEST;
  fields.srbStatus.set(answer, VSTOR_BODY, srbStatus);
  fields.scsiStatus.set(answer, VSTOR_BODY, scsiStatus);
  writeU32(answer, VSTOR_BODY + fields.transferLength.offset, transferred);
  fields.senseLength.set(answer, VSTOR_BODY, sense?.length ?? 0);
  if (!sense) return;
  answer.fill(0, VSTOR_BODY + SENSE_AT, VSTOR_BODY + SENSE_AT + LARGEST_CDB);
  answer.set(sense, VSTOR_BODY + SENSE_AT);
}
