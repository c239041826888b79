import { asciiBytes } from '../../../base/bytes';
import { md5Text, newMd5, updateMd5, type Md5State } from '../../../base/md5';
import { isPeerDone, type ServerProgram, type SessionState, type Socket } from './sessions';
import { publishedFile } from './published-files';

/** One request and its answer. */
export interface HttpSession {
  readonly kind: 'http';
  /** Bytes of content so far, either way. */
  bytes: number;
  /** Head of the request as far as it is here; null once it is understood. */
  head: string | null;
  /** Content that the client still sends, and what it is to be called. */
  upload: { name: string; left: number; digest: Md5State } | null;
  /** What goes out first; then the file from place `bytes` on. */
  answer: Uint8Array;
  file: string | null;
}

/** A file that a client has sent: only its digest is kept. */
export interface UploadedFile {
  readonly name: string;
  readonly bytes: number;
  readonly md5: string;
}

/** Where the server notes what came. */
export interface HttpServerHost {
  uploaded(file: UploadedFile): void;
}

const LONGEST_HEAD = 8192;
const END_OF_HEAD = '\r\n\r\n';

/** A small HTTP/1.1 server (RFC 9112): files by GET and HEAD, content taken by PUT and POST; one request a connection. */
export class HttpServer implements ServerProgram {
  constructor(private readonly host: HttpServerHost) {}

  begin(): SessionState {
    return { kind: 'http', bytes: 0, head: '', upload: null, answer: new Uint8Array(0), file: null };
  }

  run(session: SessionState, socket: Socket): void {
    if (session.kind !== 'http') return;
    if (session.head !== null) this.readHead(session, session.head, socket);
    if (session.upload) this.takeContent(session, session.upload, socket);
    if (session.head === null && !session.upload) this.reply(session, socket);
    else if (isPeerDone(socket.connection)) socket.end(); // it went away before it had said all
  }

  private readHead(session: HttpSession, before: string, socket: Socket): void {
    let head = before;
    while (!head.endsWith(END_OF_HEAD)) {
      const next = socket.read(1);
      if (next.length === 0) break;
      head += String.fromCharCode(next[0] ?? 0);
    }
    session.head = head;
    if (head.endsWith(END_OF_HEAD)) this.understand(session, head);
    else if (head.length > LONGEST_HEAD) this.refuse(session, '431 Request Header Fields Too Large');
  }

  private understand(session: HttpSession, head: string): void {
    session.head = null;
    const [method = '', target = '', version = ''] = (head.split('\r\n')[0] ?? '').split(' ');
    const name = target.replace(/^\//, '').replace(/[?#].*$/, '');
    if (!version.startsWith('HTTP/1.')) return this.refuse(session, '400 Bad Request');
    if (method === 'GET' || method === 'HEAD') return this.offer(session, name, method === 'GET');
    if (method !== 'PUT' && method !== 'POST') return this.refuse(session, '405 Method Not Allowed');
    const length = /\r\ncontent-length: *(\d{1,15})\r\n/i.exec(head)?.[1];
    if (length === undefined) return this.refuse(session, '411 Length Required');
    session.upload = { name, left: Number(length), digest: newMd5() };
  }

  private offer(session: HttpSession, name: string, hasContent: boolean): void {
    const file = publishedFile(name);
    if (!file) return this.refuse(session, '404 Not Found');
    const type = file.name.endsWith('.bin') ? 'application/octet-stream' : 'text/plain';
    session.answer = headOf('200 OK', file.length, type);
    session.file = hasContent ? file.name : null;
  }

  private refuse(session: HttpSession, status: string): void {
    session.head = null;
    session.answer = answerOf(status, `${status}\n`);
  }

  private takeContent(session: HttpSession, upload: NonNullable<HttpSession['upload']>, socket: Socket): void {
    const bytes = socket.read(upload.left);
    updateMd5(upload.digest, bytes);
    upload.left -= bytes.length;
    session.bytes += bytes.length;
    if (upload.left > 0) return;
    const file = { name: upload.name, bytes: session.bytes, md5: md5Text(upload.digest) };
    this.host.uploaded(file);
    session.upload = null;
    session.answer = answerOf('201 Created', `${file.md5}  ${file.name}\n`);
  }

  private reply(session: HttpSession, socket: Socket): void {
    session.answer = session.answer.slice(socket.write(session.answer));
    if (session.answer.length > 0) return;
    const file = session.file === null ? null : publishedFile(session.file);
    while (file && session.bytes < file.length && socket.room() > 0)
      session.bytes += socket.write(file.read(session.bytes, Math.min(socket.room(), file.length)));
    if (!file || session.bytes >= file.length) socket.end();
  }
}

function headOf(status: string, length: number, type: string): Uint8Array {
  const fields = ['Server: partition-lab', `Content-Length: ${length}`, `Content-Type: ${type}`, 'Connection: close'];
  return asciiBytes([`HTTP/1.1 ${status}`, ...fields].join('\r\n') + END_OF_HEAD);
}

function answerOf(status: string, content: string): Uint8Array {
  return Uint8Array.from([...headOf(status, content.length, 'text/plain'), ...asciiBytes(content)]);
}
