import { describe, expect, it } from 'vitest';
import { SECOND } from '@engine/clock/clock';
import { ipv4Text, parseIpv4 } from '@engine/base/net/address';
import { decodeDns, DnsCode, DnsType, encodeDns, type DnsMessage } from '@engine/base/net/dns';
import type { NameState } from '@engine/guest/kernel/net/net-state';
import { Resolver } from '@engine/guest/kernel/net/resolver';
import { Random } from '@engine/base/random';

const ip = (text: string): number => parseIpv4(text) ?? 0;

/** A resolver with two servers and two domains; questions are written down, answers put in by hand. */
class Bench {
  now = 0;
  readonly names: NameState[] = [];
  readonly asked: { name: string; server: string; message: DnsMessage }[] = [];
  servers = [ip('10.0.0.1'), ip('10.0.0.2')];
  private id = 100;
  readonly resolver = new Resolver(() => this.names, {
    now: () => this.now,
    chance: () => this.id++,
    port: 1025,
    hostName: () => 'me',
    servers: () => this.servers,
    domains: () => ['one.example', 'Two.Example'],
    ownAddress: () => ip('10.0.0.9'),
    send: ({ payload }, server) => {
      const message = decodeDns(payload);
      if (message) this.asked.push({ name: message.questions[0]?.name ?? '', server: ipv4Text(server), message });
      return true;
    },
  });

  look(name: string): string {
    const answer = this.resolver.resolve(name);
    return answer.kind === 'address' ? ipv4Text(answer.address) : answer.kind;
  }

  answer(change: Partial<DnsMessage>, from = '10.0.0.1'): void {
    const question = this.asked.at(-1)?.message;
    if (!question) throw new Error('nothing was asked');
    const payload = encodeDns({ ...question, isResponse: true, ...change });
    if (payload) this.resolver.receive({ sourcePort: 53, destinationPort: 1025, payload }, ip(from));
  }

  addresses(...texts: string[]): Pick<DnsMessage, 'answers'> {
    const name = this.asked.at(-1)?.name ?? '';
    return {
      answers: texts.map((text, i) => ({
        name,
        type: DnsType.A,
        class: 1,
        ttl: 60 + i,
        data: Uint8Array.from(text.split('.').map(Number)),
      })),
    };
  }

  wait(seconds: number): this {
    const end = this.now + seconds * SECOND;
    for (let due = this.resolver.nextDue(); due !== null && due <= end; due = this.resolver.nextDue()) {
      this.now = Math.max(this.now, due);
      this.resolver.runDue();
    }
    this.now = end;
    return this;
  }
}

describe('the resolver', () => {
  it('tries one domain after the other behind a short name', () => {
    const bench = new Bench();
    expect(bench.look('Printer')).toBe('pending');
    bench.answer({ code: DnsCode.NameError });
    expect(bench.look('printer')).toBe('pending');
    bench.answer(bench.addresses('10.0.0.77', '10.0.0.78'));
    expect(bench.look('PRINTER.')).toBe('10.0.0.77');
    expect(bench.asked.map(({ name }) => name)).toEqual(['printer.one.example', 'printer.two.example']);
    bench.wait(59);
    expect(bench.look('printer')).toBe('10.0.0.77');
    bench.wait(1);
    expect(bench.look('printer')).toBe('pending');
  });

  it('asks servers in turn, one second, two, four, then gives up for five', () => {
    const bench = new Bench();
    bench.look('a.example');
    bench.wait(6.9);
    expect(bench.asked.map(({ server }) => server)).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.1']);
    expect(bench.look('a.example')).toBe('pending');
    bench.wait(0.1);
    expect(bench.look('a.example')).toBe('unknown');
    expect(bench.resolver.nextDue()).toBeNull();
    bench.wait(5);
    expect(bench.look('a.example')).toBe('pending');
  });

  it('takes answers from its servers, to its questions, and to the one that is open', () => {
    const bench = new Bench();
    bench.look('a.example');
    const address = bench.addresses('6.6.6.6');
    bench.answer(address, '10.0.0.3');
    bench.answer({ ...address, id: 7 });
    bench.answer({ ...address, isResponse: false });
    bench.answer({ ...address, questions: [{ name: 'b.example', type: 1, class: 1 }] });
    expect(bench.look('a.example')).toBe('pending');
    bench.answer(bench.addresses('1.2.3.4'), '10.0.0.2');
    bench.answer(address);
    expect(bench.look('a.example')).toBe('1.2.3.4');
  });

  it('knows itself, and nobody without servers', () => {
    const bench = new Bench();
    expect([bench.look('ME'), bench.look('localhost'), bench.look('1.2.3.4')]).toEqual([
      '10.0.0.9',
      '127.0.0.1',
      '1.2.3.4',
    ]);
    bench.servers = [];
    expect(bench.look('a.example')).toBe('unknown');
    expect(bench.asked).toEqual([]);
  });

  it('remembers a bounded number of names and survives nonsense', () => {
    const bench = new Bench();
    const random = new Random(3);
    for (let round = 0; round < 3000; round++) {
      bench.look(`n${random.below(100)}.example`);
      const noise = random.bytes(random.below(60));
      bench.resolver.receive({ sourcePort: 53, destinationPort: 1025, payload: noise }, ip('10.0.0.1'));
      bench.answer({
        ...bench.addresses('1.2.3.4'),
        code: random.below(6),
        id: random.below(4) ? bench.asked.at(-1)?.message.id : 1,
      });
      if (random.below(4) === 0) bench.wait(random.below(3));
      expect(bench.names.length).toBeLessThanOrEqual(32);
    }
  });
});
