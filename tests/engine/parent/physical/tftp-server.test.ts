import { describe, expect, it } from 'vitest';
import { bootProgramText } from '@engine/base/boot-program';
import { dhcpMessage, BootOperation, DhcpType } from '@engine/base/net/dhcp';
import { DhcpOption, textOption, u8Option } from '@engine/base/net/dhcp-options';
import { decodeTftp, encodeTftp, type TftpPacket } from '@engine/base/net/tftp';
import { Random } from '@engine/base/random';
import { SECOND } from '@engine/clock/clock';
import { newTftpDownload, TftpDownload } from '@engine/guest/firmware/tftp-download';
import { LAN } from '@engine/parent/physical/simulated-lan';
import { TftpServer } from '@engine/parent/physical/tftp-server';
import { vmMac } from '../../vswitch/support';
import { Host, ip, type Client } from './support';

const SERVER = '192.168.1.10';
const BIG = new Random(3).bytes(5000);

function ready(): { host: Host; client: Client; server: TftpServer } {
  const host = new Host();
  const server = new TftpServer(host.lan.server, { big: BIG, exact: BIG.slice(0, 1024) });
  return { host, client: host.client(1, '192.168.1.50'), server };
}

/** Sends one packet and returns what has come back by then, with the port it came from. */
function ask(host: Host, client: Client, packet: TftpPacket, port = 69): { answer: TftpPacket | null; port: number }[] {
  client.sendUdp(SERVER, port, encodeTftp(packet));
  host.settle(1);
  return client.udp
    .splice(0)
    .map(({ datagram }) => ({ answer: decodeTftp(datagram.payload), port: datagram.sourcePort }));
}

const read = (file: string, options = {}): TftpPacket => ({ kind: 'read', file, mode: 'octet', options });

describe('the boot server of the office network', () => {
  it('hands out a file in blocks of 512, from a port of its own, and ends it with a short one', () => {
    const { host, client } = ready();
    const [first] = ask(host, client, read('exact'));
    expect([first?.answer, first?.port]).toEqual([{ kind: 'data', block: 1, data: BIG.slice(0, 512) }, 49_152]);
    const [again] = ask(host, client, { kind: 'ack', block: 0 }, 49_152);
    expect(again).toEqual(first); // the acknowledgment was lost, or the block: it is sent again
    expect(ask(host, client, { kind: 'ack', block: 1 }, 49_152)[0]?.answer).toMatchObject({ block: 2 });
    expect(ask(host, client, { kind: 'ack', block: 2 }, 49_152)[0]?.answer).toMatchObject({
      data: new Uint8Array(0),
    });
    expect(ask(host, client, { kind: 'ack', block: 3 }, 49_152)).toEqual([]);
    expect(ask(host, client, { kind: 'ack', block: 3 }, 49_152)[0]?.answer).toMatchObject({ kind: 'error', code: 5 });
  });

  it('agrees on a block size that fits into a frame, and says how long the file is', () => {
    const { host, client } = ready();
    const [answer] = ask(host, client, read('big', { blksize: '60000', tsize: '0', windowsize: '4' }));
    expect(answer?.answer).toEqual({ kind: 'optionAck', options: { blksize: '1468', tsize: '5000' } });
    const [block] = ask(host, client, { kind: 'ack', block: 3 }, answer?.port);
    expect(block?.answer).toEqual({ kind: 'data', block: 4, data: BIG.slice(3 * 1468) });
  });

  it('has no other files, and takes none', () => {
    const { host, client, server } = ready();
    expect(ask(host, client, read('constructor'))[0]?.answer).toMatchObject({ kind: 'error', code: 1 });
    const write: TftpPacket = { kind: 'write', file: 'big', mode: 'octet', options: {} };
    expect(ask(host, client, write)[0]?.answer).toMatchObject({ kind: 'error', code: 2 });
    client.sendUdp(SERVER, 69, new Uint8Array([0, 9, 1]));
    expect(server.save()).toMatchObject({ refused: 2, transfers: [] });
  });

  it('is named to boot ROMs of a BIOS only', () => {
    const { host } = ready();
    const offer = (vendorClass: string): unknown[] => {
      const options = {
        [DhcpOption.MessageType]: u8Option(DhcpType.Discover),
        [DhcpOption.VendorClass]: textOption(vendorClass),
      };
      const message = dhcpMessage({ operation: BootOperation.Request, transaction: 1, clientMac: vmMac(9), options });
      const answer = host.lan.dhcp.answer(message, 0);
      return [answer?.nextServer, answer?.bootFile];
    };
    expect(offer('PXEClient:Arch:00000:UNDI:002001')).toEqual([LAN.server, LAN.bootFile]);
    expect(offer('PXEClient:Arch:00007:UNDI:003016')).toEqual([0, '']);
    expect(offer('MSFT 5.0')).toEqual([0, '']);
  });
});

describe('a boot ROM that fetches a file', () => {
  /** Runs a download over the network; every third datagram towards the server is lost where `isLossy`. */
  function download(file: string, isLossy = false, server = SERVER) {
    const { host, client } = ready();
    const state = newTftpDownload(ip(server), file);
    let sent = 0;
    const rom = new TftpDownload(
      state,
      () => host.clock.now(),
      ({ sourcePort, destinationPort, payload }) => {
        if (!isLossy || sent++ % 3 !== 1) client.sendUdp(server, destinationPort, payload, sourcePort);
      },
    );
    for (let i = 0; i < 2000 && rom.poll() === 'fetching'; i++) {
      host.clock.advanceBy(SECOND / 20);
      for (const { datagram, packet } of client.udp.splice(0)) rom.receive(datagram, packet.source);
    }
    return state;
  }

  it.each([false, true])('has all of it in the end, datagrams lost: %s', (isLossy) => {
    const { outcome, bytes, blockSize } = download('big', isLossy);
    expect([outcome, blockSize, Buffer.compare(bytes, BIG)]).toEqual(['done', 1456, 0]);
  });

  it('says why there is none', () => {
    expect(download('small').outcome).toBe('notFound');
    expect(download('big', false, '192.168.1.77').outcome).toBe('openTimeout');
  });

  it('knows the program that it can run', () => {
    expect(bootProgramText(BIG)).toBeNull();
    expect(bootProgramText(new Uint8Array(0))).toBeNull();
  });
});
