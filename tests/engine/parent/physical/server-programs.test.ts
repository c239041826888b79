import { describe, expect, it } from 'vitest';
import { asciiBytes, asciiOf } from '@engine/base/bytes';
import { iperfHeader, iperfPattern } from '@engine/base/net/iperf';
import { Random } from '@engine/base/random';
import { digestOf, publishedFile } from '@engine/parent/physical/programs/published-files';
import { Guest, Host, ip, SECOND } from '../../guest/net/support';
import { md5Of } from '../../md5';

const SERVER = '192.168.1.10';

/** A station of the LAN with a protocol stack, and what programs on it do. */
class Client {
  readonly host = new Host();
  readonly guest = new Guest(this.host, 1, 'linux').plug();

  constructor() {
    this.host.clock.advanceBy(10 * SECOND); // an address is there
  }

  get sockets() {
    return this.guest.stack.sockets;
  }

  open(port: number): number {
    const id = this.sockets.connect(SERVER, port);
    if (id === null) throw new Error('no way to the server');
    return id;
  }

  /** Sends everything and reads until the peer has said all, for `seconds` at most. */
  talk(port: number, data: Uint8Array, seconds = 60): Uint8Array {
    const id = this.open(port);
    const heard: Uint8Array[] = [];
    let at = 0;
    for (let ms = 0; ms < seconds * 1000; ms++) {
      at += this.sockets.write(id, data.subarray(at));
      if (at === data.length) this.sockets.end(id);
      this.pass(0.001);
      heard.push(this.sockets.read(id));
      if (this.sockets.status(id)?.isPeerDone && this.sockets.status(id)?.unread === 0) break;
    }
    this.sockets.close(id);
    return Buffer.concat(heard);
  }

  pass(seconds: number): void {
    this.guest.rearm();
    this.host.clock.advanceBy(seconds * SECOND);
  }
}

describe('echo and discard', () => {
  it('sends back what came, unchanged, and takes no more than it can send', () => {
    const data = new Random(6).bytes(300_000);
    expect(md5Of(new Client().talk(7, data))).toBe(md5Of(data));
  });

  it('throws away what comes, and ends with its client', () => {
    const client = new Client();
    expect(client.talk(9, new Uint8Array(100_000))).toHaveLength(0);
    client.pass(1);
    expect(client.host.lan.server.save().sessions.sessions).toEqual([]);
  });
});

describe('the web server', () => {
  const get = (client: Client, request: string): { head: string; content: Uint8Array } => {
    const bytes = client.talk(80, asciiBytes(request));
    const end = Buffer.from(bytes).indexOf('\r\n\r\n');
    return { head: asciiOf(bytes.slice(0, end)), content: bytes.slice(end + 4) };
  };

  it('gives a file, its length, and the digests of all', () => {
    const client = new Client();
    const file = publishedFile('1MB.bin');
    const { head, content } = get(client, 'GET /1MB.bin HTTP/1.1\r\nHost: server1\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*Content-Length: 1048576/);
    expect(md5Of(content)).toBe(file && digestOf(file));
    const sums = asciiOf(get(client, 'GET /MD5SUMS HTTP/1.1\r\n\r\n').content);
    expect(sums).toContain(`${md5Of(content)}  1MB.bin\n`);
  });

  it.each([
    ['GET /nothing HTTP/1.1\r\n\r\n', '404 Not Found'],
    ['BREW /pot HTTP/1.1\r\n\r\n', '405 Method Not Allowed'],
    ['PUT /x HTTP/1.1\r\n\r\n', '411 Length Required'],
    ['nonsense\r\n\r\n', '400 Bad Request'],
    [`GET /${'x'.repeat(9000)} HTTP/1.1\r\n\r\n`, '431 Request Header Fields Too Large'],
  ])('answers %j with %s', (request, status) => {
    expect(get(new Client(), request).head).toContain(`HTTP/1.1 ${status}`);
  });

  it('takes content, and says what it has taken', () => {
    const client = new Client();
    const data = new Random(9).bytes(200_000);
    const head = asciiBytes(`PUT /up.bin HTTP/1.1\r\nHost: server1\r\nContent-Length: ${data.length}\r\n\r\n`);
    const answer = asciiOf(client.talk(80, Buffer.concat([head, data])));
    expect(answer).toMatch(/^HTTP\/1\.1 201 Created/);
    expect(client.host.lan.save().uploads).toEqual([{ name: 'up.bin', bytes: 200_000, md5: md5Of(data) }]);
  });
});

describe('the iperf server', () => {
  /** What the client's own server hears when the server calls back. */
  function heardBack(back: 'now' | 'later', amount: number): { bytes: number; duringOwn: boolean } {
    const client = new Client();
    client.sockets.listen(5002);
    const id = client.open(5001);
    client.pass(0.1);
    client.sockets.write(id, iperfHeader({ back, port: 5002, amount }));
    client.pass(0.1);
    let caller = client.sockets.accept(5002);
    const duringOwn = caller !== null;
    client.sockets.end(id);
    const heard: Uint8Array[] = [];
    for (let turns = 0; turns < 4000 && !(caller !== null && client.sockets.status(caller)?.isPeerDone); turns++) {
      client.pass(0.001);
      caller ??= client.sockets.accept(5002);
      if (caller !== null) heard.push(client.sockets.read(caller));
    }
    const bytes = Buffer.concat(heard);
    expect(bytes.subarray(0, 50_000).equals(iperfPattern(0, Math.min(bytes.length, 50_000)))).toBe(true);
    return { bytes: bytes.length, duringOwn };
  }

  it('sends so many bytes back, at once or when the client is done', () => {
    expect(heardBack('now', 100_000)).toEqual({ bytes: 100_000, duringOwn: true });
    expect(heardBack('later', 100_000)).toEqual({ bytes: 100_000, duringOwn: false });
  });

  it('sends for so many hundredths of a second', () => {
    const { bytes } = heardBack('now', -50);
    expect(bytes).toBeGreaterThan(1_000_000);
    expect(bytes).toBeLessThan(0.6 * 125_000_000);
  });

  it('only counts what a client without wishes sends', () => {
    const client = new Client();
    expect(client.talk(5001, iperfPattern(0, 60_000).fill(0, 0, 4))).toHaveLength(0);
  });
});

it('a port that nobody has opened resets', () => {
  const client = new Client();
  const id = client.open(4711);
  client.pass(1);
  expect(client.sockets.status(id)).toMatchObject({ phase: 'over', failure: 'refused' });
  expect(client.sockets.connect('203.0.113.10', 80)).not.toBeNull();
  expect(ip(SERVER)).toBe(0xc0a8010a);
});
