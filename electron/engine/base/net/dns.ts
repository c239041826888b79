import { asciiOf, readBe16, readBe32, writeBe16, writeBe32 } from '../bytes';
import type { Ipv4Address } from './address';

/** The server's UDP port (RFC 1035, section 4.2.1). */
export const DNS_PORT = 53;

/** Types and the one class that matter here (RFC 1035, 3.2.2 and 3.2.4). */
export const DnsType = { A: 1, Ptr: 12, Aaaa: 28 } as const;
export const DNS_INTERNET = 1;

/** Response codes (RFC 1035, 4.1.1). */
export const DnsCode = { NoError: 0, FormatError: 1, ServerFailure: 2, NameError: 3, NotImplemented: 4 } as const;

/** A name is dotted text without the final dot; letters keep their case. */
export interface DnsQuestion {
  readonly name: string;
  readonly type: number;
  readonly class: number;
}

export interface DnsAnswer extends DnsQuestion {
  /** Seconds for which the answer may be kept. */
  readonly ttl: number;
  readonly data: Uint8Array;
}

/** The parts of a message that a stub resolver and a small server use. */
export interface DnsMessage {
  readonly id: number;
  readonly isResponse: boolean;
  readonly opcode: number;
  readonly isAuthoritative: boolean;
  readonly recursionDesired: boolean;
  readonly recursionAvailable: boolean;
  readonly code: number;
  readonly questions: readonly DnsQuestion[];
  readonly answers: readonly DnsAnswer[];
}

const HEADER = 12;
const LONGEST_NAME = 253;
const LONGEST_LABEL = 63;
/** A message of 512 bytes has no room for more; counts beyond are hostile. */
const MOST_RECORDS = 64;

/** Null when the header, a question or an announced answer is cut off, or a name is malformed or points in a circle. */
export function decodeDns(bytes: Uint8Array): DnsMessage | null {
  if (bytes.length < HEADER) return null;
  const [questionCount, answerCount] = [readBe16(bytes, 4), readBe16(bytes, 6)];
  if (questionCount > MOST_RECORDS || answerCount > MOST_RECORDS) return null;
  const questions: DnsQuestion[] = [];
  const answers: DnsAnswer[] = [];
  let at = HEADER;
  for (let i = 0; i < questionCount; i++) {
    const read = readQuestion(bytes, at);
    if (!read) return null;
    questions.push(read.question);
    at = read.end;
  }
  for (let i = 0; i < answerCount; i++) {
    const read = readAnswer(bytes, at);
    if (!read) return null;
    answers.push(read.answer);
    at = read.end;
  }
  return { ...flagsOf(readBe16(bytes, 2)), id: readBe16(bytes, 0), questions, answers };
}

type Flags = Omit<DnsMessage, 'id' | 'questions' | 'answers'>;

function flagsOf(word: number): Flags {
  return {
    isResponse: (word & 0x8000) !== 0,
    opcode: (word >> 11) & 0xf,
    isAuthoritative: (word & 0x0400) !== 0,
    recursionDesired: (word & 0x0100) !== 0,
    recursionAvailable: (word & 0x0080) !== 0,
    code: word & 0xf,
  };
}

function flagWord(flags: Flags): number {
  const bit = (on: boolean, value: number): number => (on ? value : 0);
  const heading = bit(flags.isResponse, 0x8000) | (flags.opcode << 11) | bit(flags.isAuthoritative, 0x0400);
  return heading | bit(flags.recursionDesired, 0x0100) | bit(flags.recursionAvailable, 0x0080) | (flags.code & 0xf);
}

function readQuestion(bytes: Uint8Array, at: number): { question: DnsQuestion; end: number } | null {
  const named = readName(bytes, at);
  if (!named || named.end + 4 > bytes.length) return null;
  const question = { name: named.name, type: readBe16(bytes, named.end), class: readBe16(bytes, named.end + 2) };
  return { question, end: named.end + 4 };
}

function readAnswer(bytes: Uint8Array, at: number): { answer: DnsAnswer; end: number } | null {
  const head = readQuestion(bytes, at);
  if (!head || head.end + 6 > bytes.length) return null;
  const end = head.end + 6 + readBe16(bytes, head.end + 4);
  if (end > bytes.length) return null;
  const answer = { ...head.question, ttl: readBe32(bytes, head.end), data: bytes.slice(head.end + 6, end) };
  return { answer, end };
}

/** A name may end in a pointer to an earlier place (RFC 1035, 4.1.4); only backwards, so that it cannot go in circles. */
function readName(bytes: Uint8Array, start: number): { name: string; end: number } | null {
  const labels: string[] = [];
  let end: number | null = null;
  let limit = start;
  for (let at = start, length = 0; ;) {
    const size = bytes[at];
    if (size === undefined) return null;
    if (size === 0) return { name: labels.join('.'), end: end ?? at + 1 };
    if (size >= 0xc0) {
      const target = readBe16(bytes, at) & 0x3fff;
      if (at + 2 > bytes.length || target >= limit) return null;
      end ??= at + 2;
      at = limit = target;
      continue;
    }
    length += size + 1;
    if (size > LONGEST_LABEL || at + 1 + size > bytes.length || length > LONGEST_NAME + 1) return null;
    labels.push(asciiOf(bytes.subarray(at + 1, at + 1 + size)));
    at += 1 + size;
  }
}

/** Bytes of a message, names uncompressed. Null when a name is too long, or has an empty or too long label. */
export function encodeDns(message: DnsMessage): Uint8Array | null {
  const bytes: number[] = [];
  for (const record of [...message.questions, ...message.answers]) if (!isEncodable(record.name)) return null;
  for (const question of message.questions) pushHead(bytes, question);
  for (const answer of message.answers) {
    pushHead(bytes, answer);
    const tail = new Uint8Array(6);
    writeBe32(tail, 0, answer.ttl);
    writeBe16(tail, 4, answer.data.length);
    bytes.push(...tail, ...answer.data);
  }
  const out = new Uint8Array(HEADER + bytes.length);
  writeBe16(out, 0, message.id);
  writeBe16(out, 2, flagWord(message));
  writeBe16(out, 4, message.questions.length);
  writeBe16(out, 6, message.answers.length);
  out.set(bytes, HEADER);
  return out;
}

function isEncodable(name: string): boolean {
  if (name === '') return true; // the root
  return name.length <= LONGEST_NAME && name.split('.').every((label) => label !== '' && label.length <= LONGEST_LABEL);
}

function pushHead(bytes: number[], question: DnsQuestion): void {
  for (const label of question.name === '' ? [] : question.name.split('.')) {
    bytes.push(label.length, ...Array.from(label, (char) => char.charCodeAt(0) & 0xff));
  }
  bytes.push(0, question.type >> 8, question.type & 0xff, question.class >> 8, question.class & 0xff);
}

/** A question for the addresses of `name`, to a server that asks others if it must. */
export function dnsQuery(id: number, name: string): DnsMessage {
  const questions = [{ name, type: DnsType.A, class: DNS_INTERNET }];
  return { ...flagsOf(0x0100), id, questions, answers: [] };
}

/** Addresses in the A records of a message, in order. */
export function dnsAddresses(message: DnsMessage): Ipv4Address[] {
  const records = message.answers.filter((one) => one.type === DnsType.A && one.class === DNS_INTERNET);
  return records.filter((one) => one.data.length === 4).map((one) => readBe32(one.data, 0));
}
