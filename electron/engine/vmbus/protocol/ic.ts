import { readU16, writeU16 } from '../../base/bytes';
import { Layout, u16, u32, u8 } from './layout';
import { newPipeMessage, PIPE_HEADER_BYTES, pipePayload } from './pipe';

/** Types of integration component messages. linux include/linux/hyperv.h, ICMSGTYPE_*. */
export const IcType = {
  Negotiate: 0,
  Heartbeat: 1,
  KeyValuePair: 2,
  Shutdown: 3,
  TimeSync: 4,
  Backup: 5,
  FileCopy: 7,
} as const;

/** Flags of a message. ICMSGHDRFLAG_*. */
export const IcFlag = { Transaction: 1, Request: 2, Response: 4 } as const;

/** Results. linux include/linux/hyperv.h, HV_S_OK and following. */
export const IcStatus = {
  Ok: 0,
  Fail: 0x8000_4005,
  AlreadyExists: 0x8007_0050,
  DiskFull: 0x8007_0070,
  InvalidArgument: 0x8007_0057,
  GuidNotFound: 0x8004_1002,
  EndOfList: 0x8007_0103,
} as const;

/** A version of the framework or of one component's messages. */
export interface IcVersion {
  readonly major: number;
  readonly minor: number;
}

/** `3.2` as a version. */
export function icVersion(text: string): IcVersion {
  const [major = 0, minor = 0] = text.split('.').map(Number);
  return { major, minor };
}

export const icVersionText = ({ major, minor }: IcVersion): string => `${major}.${minor}`;

export interface IcHeader {
  frameworkMajor: number;
  frameworkMinor: number;
  type: number;
  messageMajor: number;
  messageMinor: number;
  size: number;
  status: number;
  transaction: number;
  flags: number;
}

/** struct icmsg_hdr. */
export const IC_HEADER = new Layout<IcHeader>(20, {
  frameworkMajor: u16(0),
  frameworkMinor: u16(2),
  type: u16(4),
  messageMajor: u16(6),
  messageMinor: u16(8),
  size: u16(10),
  status: u32(12),
  transaction: u8(16),
  flags: u8(17),
});

/** One message: header and body. */
export interface IcMessage {
  readonly header: IcHeader;
  readonly body: Uint8Array;
}

/** A packet's payload: pipe header, IC header, body. The header's size is filled in. */
export function encodeIc(header: Omit<IcHeader, 'size'>, body: Uint8Array): Uint8Array {
  const bytes = newPipeMessage(IC_HEADER.size + body.length);
  IC_HEADER.write(bytes, PIPE_HEADER_BYTES, { ...header, size: body.length });
  bytes.set(body, PIPE_HEADER_BYTES + IC_HEADER.size);
  return bytes;
}

/**
 * Makes the answer to a request in the request's own bytes, where its body has been changed already: linux drivers/hv/hv_util.c does
 * the same and sends the buffer back that it received.
 */
export function answerIc(payload: Uint8Array, status: number): void {
  IC_HEADER.fields.status.set(payload, PIPE_HEADER_BYTES, status);
  IC_HEADER.fields.flags.set(payload, PIPE_HEADER_BYTES, IcFlag.Transaction | IcFlag.Response);
}

/** Takes a packet's payload apart; null when it does not hold together. The body lies in the payload: writing there changes it. */
export function decodeIc(payload: Uint8Array): IcMessage | null {
  const bytes = pipePayload(payload);
  const header = bytes && IC_HEADER.decode(bytes);
  if (!header || header.size > bytes.length - IC_HEADER.size) return null;
  return { header, body: bytes.subarray(IC_HEADER.size, IC_HEADER.size + header.size) };
}

/** What each side can, or has chosen: struct icmsg_negotiate. */
export interface IcVersions {
  readonly framework: readonly IcVersion[];
  readonly message: readonly IcVersion[];
}

export function encodeNegotiate({ framework, message }: IcVersions): Uint8Array {
  const bytes = new Uint8Array(8 + (framework.length + message.length) * 4);
  writeU16(bytes, 0, framework.length);
  writeU16(bytes, 2, message.length);
  [...framework, ...message].forEach(({ major, minor }, i) => {
    writeU16(bytes, 8 + i * 4, major);
    writeU16(bytes, 10 + i * 4, minor);
  });
  return bytes;
}

export function decodeNegotiate(body: Uint8Array): IcVersions | null {
  if (body.length < 8) return null;
  const [frameworks, messages] = [readU16(body, 0), readU16(body, 2)];
  if (8 + (frameworks + messages) * 4 > body.length) return null;
  const at = (i: number): IcVersion => ({ major: readU16(body, 8 + i * 4), minor: readU16(body, 10 + i * 4) });
  const list = (from: number, count: number): IcVersion[] => Array.from({ length: count }, (_, i) => at(from + i));
  return { framework: list(0, frameworks), message: list(frameworks, messages) };
}

/** The first of `mine` (newest first) that is among `theirs`, or null. */
export function commonVersion(mine: readonly IcVersion[], theirs: readonly IcVersion[]): IcVersion | null {
  return mine.find((own) => theirs.some((other) => other.major === own.major && other.minor === own.minor)) ?? null;
}
