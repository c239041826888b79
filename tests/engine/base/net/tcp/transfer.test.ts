import { describe, expect, it } from 'vitest';
import type { Tcp } from '@engine/base/net/stack/tcp/tcp';
import { Random } from '@engine/base/random';
import { md5Of } from '../../../md5';
import { HERE, MS, THERE, Wire } from './rig';

/** Writes what there is room for, reads what came, ends when everything is written. */
class Mouth {
  private at = 0;
  readonly heard: Uint8Array[] = [];

  constructor(
    private readonly tcp: Tcp,
    readonly id: number,
    private readonly data: Uint8Array,
  ) {}

  turn(): void {
    this.at += this.tcp.write(this.id, this.data.subarray(this.at));
    if (this.at === this.data.length) this.tcp.end(this.id);
    const bytes = this.tcp.read(this.id);
    if (bytes.length > 0) this.heard.push(bytes);
  }

  get digest(): string {
    return md5Of(Buffer.concat(this.heard));
  }
}

/** Sends `bytes` each way at once and gives what both heard, with the wire and the time it took. */
function exchange(wire: Wire, bytes: number | readonly [number, number], seed: number, moves = false) {
  const random = new Random(seed);
  const [out, back] = typeof bytes === 'number' ? [bytes, bytes] : bytes;
  const data = [random.bytes(out), random.bytes(back)] as const;
  const [client, server] = wire.ends;
  server.listen(80);
  const mouths = [
    new Mouth(client, client.open({ local: HERE, localPort: 5000, remote: THERE, remotePort: 80 }), data[0]),
  ];
  let steps = 0;
  while (wire.step() && steps++ < 200_000) {
    const id = mouths.length === 1 ? server.take(80) : null;
    if (id !== null) mouths.push(new Mouth(server, id, data[1]));
    for (const mouth of mouths) mouth.turn();
    if (moves && steps % 7 === 0) wire.move();
  }
  return { mouths, data, steps };
}

describe('two TCPs with a wire between them', () => {
  it('carry bytes both ways at once, unchanged, and end', () => {
    const wire = new Wire(() => [MS]);
    const { mouths, data } = exchange(wire, 500_000, 1);
    expect(mouths.map(({ digest }) => digest)).toEqual([md5Of(data[1]), md5Of(data[0])]);
    expect(wire.ends.map((tcp) => tcp.save().connections.map(({ phase, failure }) => [phase, failure]))).toEqual([
      [['closed', null]],
      [['closed', null]],
    ]);
    const [one] = wire.ends[0].save().connections;
    expect([one?.counters.sentBytes, one?.counters.receivedBytes, one?.counters.repeated]).toEqual([
      500_000, 500_000, 0,
    ]);
  });

  it('fill the window: a round trip for each 64 KB once slow start is over', () => {
    const wire = new Wire(() => [5 * MS]);
    exchange(wire, 2_000_000, 2);
    const windows = 2_000_000 / 65_535;
    expect((wire.now - 60_000 * MS) / (10 * MS)).toBeLessThan(windows + 10); // without TIME-WAIT
  });

  it.each([3, 4, 5, 6])('lose, double and reorder, and everything arrives as it was (%i)', (seed) => {
    const random = new Random(seed);
    const fate = (): number[] => {
      const kind = random.below(100);
      if (kind < 3) return [];
      if (kind < 5) return [MS, MS + random.below(3 * MS)];
      return [MS + (kind < 10 ? random.below(4 * MS) : 0)];
    };
    const wire = new Wire(fate);
    const { mouths, data } = exchange(wire, 300_000, seed);
    expect(mouths.map(({ digest }) => digest)).toEqual([md5Of(data[1]), md5Of(data[0])]);
    expect(wire.ends[0].save().connections[0]?.counters.repeated).toBeGreaterThan(0);
  });

  it('repair one lost segment within a few round trips and not by the timer', () => {
    let count = 0;
    const wire = new Wire(({ payload }) => (payload.length > 0 && ++count === 60 ? [] : [MS]));
    const { mouths, data } = exchange(wire, [200_000, 0], 7);
    expect(mouths.map(({ digest }) => digest)).toEqual([md5Of(data[1]), md5Of(data[0])]);
    expect(wire.ends[0].save().connections[0]?.counters).toMatchObject({ timeouts: 0, repeated: 1 });
    expect(wire.now / MS).toBeLessThan(60_000 + 60);
  });

  it('go on from saved states in the middle of it', () => {
    const random = new Random(8);
    const wire = new Wire(() => (random.below(50) === 0 ? [] : [MS]));
    const { mouths, data } = exchange(wire, 200_000, 8, true);
    expect(mouths.map(({ digest }) => digest)).toEqual([md5Of(data[1]), md5Of(data[0])]);
  });
});
