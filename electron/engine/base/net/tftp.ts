import { asciiBytes, readBe16, writeBe16 } from '../bytes';

/** The server's UDP port (RFC 1350). */
export const TFTP_PORT = 69;

/** Opcodes of RFC 1350 and RFC 2347. */
export const TftpOpcode = { Read: 1, Write: 2, Data: 3, Ack: 4, Error: 5, OptionAck: 6 } as const;

/** Error codes of RFC 1350 and RFC 2347. */
export const TftpError = {
  Undefined: 0,
  NotFound: 1,
  AccessViolation: 2,
  DiskFull: 3,
  IllegalOperation: 4,
  UnknownTransfer: 5,
  BadOptions: 8,
} as const;

/** Option names in small letters and their values as text: blksize (RFC 2348), timeout and tsize (RFC 2349). */
export type TftpOptions = { readonly [name: string]: string };

/** A TFTP packet. */
export type TftpPacket =
  | { readonly kind: 'read' | 'write'; readonly file: string; readonly mode: string; readonly options: TftpOptions }
  | { readonly kind: 'data'; readonly block: number; readonly data: Uint8Array }
  | { readonly kind: 'ack'; readonly block: number }
  | { readonly kind: 'error'; readonly code: number; readonly message: string }
  | { readonly kind: 'optionAck'; readonly options: TftpOptions };

/** Null when the opcode is unknown, or a field or the NUL behind a text is missing. */
export function decodeTftp(bytes: Uint8Array): TftpPacket | null {
  if (bytes.length < 4) return null;
  const opcode = readBe16(bytes, 0);
  const second = readBe16(bytes, 2);
  if (opcode === TftpOpcode.Data) return { kind: 'data', block: second, data: bytes.slice(4) };
  if (opcode === TftpOpcode.Ack) return { kind: 'ack', block: second };
  const texts = textsOf(bytes.subarray(opcode === TftpOpcode.Error ? 4 : 2));
  if (texts === null) return null;
  if (opcode === TftpOpcode.Error) return { kind: 'error', code: second, message: texts[0] ?? '' };
  if (opcode === TftpOpcode.OptionAck) return optionAck(texts);
  if (opcode !== TftpOpcode.Read && opcode !== TftpOpcode.Write) return null;
  return request(opcode === TftpOpcode.Read ? 'read' : 'write', texts);
}

function request(kind: 'read' | 'write', texts: readonly string[]): TftpPacket | null {
  const [file, mode, ...rest] = texts;
  const options = optionsOf(rest);
  if (file === undefined || mode === undefined || options === null) return null;
  return { kind, file, mode: mode.toLowerCase(), options };
}

function optionAck(texts: readonly string[]): TftpPacket | null {
  const options = optionsOf(texts);
  return options && { kind: 'optionAck', options };
}

function optionsOf(texts: readonly string[]): TftpOptions | null {
  if (texts.length % 2 !== 0) return null;
  const pairs = Array.from({ length: texts.length / 2 }, (_, i) => texts.slice(i * 2, i * 2 + 2));
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name.toLowerCase(), value]));
}

/** The NUL-terminated texts that fill `bytes`; null when the last one is cut off. */
function textsOf(bytes: Uint8Array): string[] | null {
  const texts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(0, at);
    if (end < 0) return null;
    texts.push(String.fromCharCode(...bytes.subarray(at, end)));
    at = end + 1;
  }
  return texts;
}

export function encodeTftp(packet: TftpPacket): Uint8Array {
  switch (packet.kind) {
    case 'data':
      return withHead(TftpOpcode.Data, packet.block, packet.data);
    case 'ack':
      return withHead(TftpOpcode.Ack, packet.block, new Uint8Array(0));
    case 'error':
      return withHead(TftpOpcode.Error, packet.code, terminated([packet.message]));
    case 'optionAck':
      return withOpcode(TftpOpcode.OptionAck, Object.entries(packet.options).flat());
    default: {
      const opcode = packet.kind === 'read' ? TftpOpcode.Read : TftpOpcode.Write;
      return withOpcode(opcode, [packet.file, packet.mode, ...Object.entries(packet.options).flat()]);
    }
  }
}

function withHead(opcode: number, second: number, rest: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + rest.length);
  writeBe16(bytes, 0, opcode);
  writeBe16(bytes, 2, second);
  bytes.set(rest, 4);
  return bytes;
}

function withOpcode(opcode: number, texts: readonly string[]): Uint8Array {
  const rest = terminated(texts);
  const bytes = new Uint8Array(2 + rest.length);
  writeBe16(bytes, 0, opcode);
  bytes.set(rest, 2);
  return bytes;
}

function terminated(texts: readonly string[]): Uint8Array {
  return asciiBytes(texts.map((text) => `${text}\0`).join(''));
}
