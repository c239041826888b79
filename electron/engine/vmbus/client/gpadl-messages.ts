import { writeU32 } from '../../base/bytes';
import { PAGE_SIZE } from '../../memory/guest-memory';
import { GPADL_BODY, GPADL_HEADER, MAX_MESSAGE, MessageType, encodeMessage } from '../protocol/messages';

const RANGE_HEADER = 8;
const PFN_BYTES = 8;
/** Page numbers that fit a header and a body message: 26 and 28. */
const IN_HEADER = Math.floor((MAX_MESSAGE - GPADL_HEADER.size - RANGE_HEADER) / PFN_BYTES);
const IN_BODY = Math.floor((MAX_MESSAGE - GPADL_BODY.size) / PFN_BYTES);

/**
 * The messages that share `pages` pages from `gpa` on as one range: a header, and bodies for what does not fit it.
 * linux drivers/hv/channel.c, create_gpadl_header.
 */
export function gpadlMessages(relid: number, gpadl: number, gpa: number, pages: number): Uint8Array[] {
  const rangeBytes = RANGE_HEADER + pages * PFN_BYTES;
  const range = new Uint8Array(RANGE_HEADER);
  writeU32(range, 0, pages * PAGE_SIZE);
  const first = gpa / PAGE_SIZE;
  const inHeader = Math.min(pages, IN_HEADER);
  const header = encodeMessage(MessageType.GpadlHeader, GPADL_HEADER, { relid, gpadl, rangeBytes, rangeCount: 1 });
  const messages = [joined(header, range, pageNumbers(first, inHeader))];
  for (let sent = inHeader, messageNumber = 0; sent < pages; sent += IN_BODY, messageNumber++) {
    const body = encodeMessage(MessageType.GpadlBody, GPADL_BODY, { messageNumber, gpadl });
    messages.push(joined(body, pageNumbers(first + sent, Math.min(IN_BODY, pages - sent))));
  }
  return messages;
}

function pageNumbers(first: number, count: number): Uint8Array {
  const bytes = new Uint8Array(count * PFN_BYTES);
  for (let i = 0; i < count; i++) {
    writeU32(bytes, i * PFN_BYTES, (first + i) >>> 0);
    writeU32(bytes, i * PFN_BYTES + 4, Math.floor((first + i) / 2 ** 32));
  }
  return bytes;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
