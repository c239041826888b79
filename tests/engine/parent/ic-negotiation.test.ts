import { describe, expect, it } from 'vitest';
import { Random } from '@engine/base/random';
import { heartbeatService, shutdownService } from '@engine/guest/vsc/ic/services';
import { HeartbeatVsp } from '@engine/parent/vsp/ic/heartbeat';
import { ShutdownVsp } from '@engine/parent/vsp/ic/shutdown';
import { IC_PROFILES, type IcProfile } from '@engine/parent/vsp/ic/versions';
import {
  decodeIc,
  decodeNegotiate,
  encodeIc,
  encodeNegotiate,
  icVersion,
  type IcVersions,
} from '@engine/vmbus/protocol/ic';
import { HEARTBEAT, kvpString, kvpText } from '@engine/vmbus/protocol/ic-bodies';
import { PacketType } from '@engine/vmbus/protocol/packet';
import { RecordingDriver } from '../vmbus/rig';
import { MS } from './rig';
import { bench, CLASSES, start } from './ic-rig';

/** A guest that has opened the channel of `vsp`, and what it was asked there. */
function asked(vsp: ShutdownVsp) {
  const { rig, kernel } = bench(() => vsp);
  const driver = new RecordingDriver();
  kernel.bind(CLASSES[1] ?? '', () => driver);
  kernel.client.connect();
  rig.clock.advanceBy(MS);
  kernel.client.openChannel(1, { sendPages: 4, receivePages: 4 });
  rig.clock.advanceBy(MS);
  return { rig, kernel, question: decodeIc(driver.payloads[0] ?? new Uint8Array(0)) };
}

describe('negotiation of components', () => {
  const agreed = (host: IcVersions, guest: IcVersions): string | null => {
    const made = bench(
      () => new ShutdownVsp({ listener: { accepted: () => undefined, refused: () => undefined }, versions: host }),
    );
    const service = shutdownService({ accepts: () => true, shutDown: () => undefined });
    const driver = start(made, { ...service, versions: guest });
    const { message } = driver.save();
    return message && `${message.major}.${message.minor}`;
  };
  const all = (...message: string[]): IcVersions => ({
    framework: [icVersion('3.0'), icVersion('1.0')],
    message: message.map(icVersion),
  });

  it('takes the newest that both have', () => {
    expect(agreed(all('3.2', '3.1', '3.0', '1.0'), all('3.1', '1.0'))).toBe('3.1');
    expect(agreed(all('1.0'), all('3.2', '3.0', '1.0'))).toBe('1.0');
    expect(agreed(all('3.0'), all('1.0'))).toBeNull();
  });

  it.each(Object.entries(IC_PROFILES))('%s agrees with a guest of today', (_host, profile: IcProfile) => {
    const made = bench((rig) => new HeartbeatVsp({ clock: rig.clock, versions: profile.heartbeat }));
    const driver = start(
      made,
      heartbeatService(() => 0),
    );
    expect(driver.save().phase).toBe('ready');
  });

  it.each([
    [
      'a version that was not offered',
      [
        { major: 3, minor: 0 },
        { major: 9, minor: 9 },
      ],
    ],
    [
      'a framework that was not offered',
      [
        { major: 9, minor: 9 },
        { major: 3, minor: 0 },
      ],
    ],
  ])('gives a guest up that chooses %s', (_name, [framework, message]) => {
    const vsp = new ShutdownVsp({ listener: { accepted: () => undefined, refused: () => undefined } });
    const { rig, kernel, question } = asked(vsp);
    if (!question || !framework || !message) throw new Error('no negotiation');
    const chosen = encodeNegotiate({ framework: [framework], message: [message] });
    const payload = encodeIc({ ...question.header, flags: 5 }, chosen);
    kernel.client.channel(1)?.send({ type: PacketType.InBand, idLow: 1, payload });
    rig.clock.advanceBy(MS);
    expect(vsp.device.save().phase).toBe('refused');
  });

  it('survives a guest that answers nonsense', () => {
    const vsp = new ShutdownVsp({ listener: { accepted: () => expect.fail('accepted'), refused: () => undefined } });
    const { rig, kernel, question } = asked(vsp);
    expect(decodeNegotiate(question?.body ?? new Uint8Array(0))?.message.map(({ minor }) => minor)).toEqual([
      2, 1, 0, 0,
    ]);
    const random = new Random(8);
    for (let i = 0; i < 3_000; i++) {
      const payload = random.bytes(random.below(120));
      if (random.below(2) === 0 && payload.length >= 28) payload.set([1, 0, 0, 0, payload.length - 8, 0, 0, 0], 0);
      if (random.below(2) === 0 && payload.length >= 28) payload.set([random.below(5), 0], 12);
      kernel.client.channel(1)?.send({ type: PacketType.InBand, idLow: i, payload });
      if (i % 10 === 0) rig.clock.advanceBy(MS);
    }
    rig.clock.advanceBy(MS);
    expect([vsp.ready, rig.server.save().counters.ringFaults]).toEqual([false, 0]);
  });
});

describe('forms of components', () => {
  it('keep messages whole, and refuse sizes that leave the packet', () => {
    const header = {
      frameworkMajor: 3,
      frameworkMinor: 0,
      type: 1,
      messageMajor: 3,
      messageMinor: 0,
      status: 5,
      transaction: 9,
      flags: 3,
    };
    const payload = encodeIc(header, HEARTBEAT.encode({ sequence: 7n, applicationState: 1 }));
    expect(payload.length).toBe(8 + 20 + 40);
    const back = decodeIc(payload);
    expect([back?.header, HEARTBEAT.decode(back?.body ?? new Uint8Array(0))]).toEqual([
      { ...header, size: 40 },
      { sequence: 7n, applicationState: 1 },
    ]);
    payload[18] = 41; // the IC header's size
    expect(decodeIc(payload)).toBeNull();
    payload[18] = 40;
    payload[4] = 61; // the pipe header's
    expect(decodeIc(payload)).toBeNull();
  });

  it('write keys and values as UTF-16 with a NUL', () => {
    const bytes = kvpText('añ');
    expect([...bytes]).toEqual([0x61, 0, 0xf1, 0, 0, 0]);
    expect([kvpString(bytes, 6), kvpString(bytes, 2), kvpString(bytes, 4_000)]).toEqual(['añ', 'a', 'añ']);
  });
});
