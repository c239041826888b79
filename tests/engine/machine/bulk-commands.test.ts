import { beforeAll, describe, expect, it } from 'vitest';
import { MILLISECOND, SECOND } from '@engine/clock/clock';
import { BusyLan } from './busy-lan';

const SERVER = '192.168.1.10';

describe('measuring and large pings, in Windows XP with a 21140 and in Debian 12 with a synthetic adapter', () => {
  let lan: BusyLan;

  beforeAll(() => {
    lan = new BusyLan([
      { os: 'winxp-sp2', adapter: 'legacy' },
      { os: 'debian12', adapter: 'synthetic' },
    ]).meet(SERVER);
  }, 120_000);

  /** Types a line for each, waits, and gives what stands below it. */
  function run(line: readonly [string, string], seconds: number): [string, string] {
    lan.typeAll(({ os }) => line[os === 'winxp-sp2' ? 0 : 1]);
    lan.host.clock.advanceBy(seconds * SECOND);
    const below = (n: number, typed: string): string => lan.text(n).split(typed.slice(-20)).at(-1) ?? '';
    return [below(0, line[0]), below(1, line[1])];
  }

  it('ping carries as much as is asked for, in fragments', () => {
    const [xp, debian] = run([`ping -n 2 -l 20000 ${SERVER}`, `ping -c 2 -s 20000 ${SERVER}`], 5);
    expect(xp).toMatch(/with 20000 bytes of data:[^]*Reply from 192\.168\.1\.10: bytes=20000 time[^]*Received = 2/);
    expect(debian).toMatch(/20000\(20028\) bytes of data\.[^]*20008 bytes from 192\.168\.1\.10[^]*2 received/);
  });

  it('ping refuses more than a datagram holds', () => {
    const [xp, debian] = run([`ping -l 65501 ${SERVER}`, `ping -s 65508 ${SERVER}`], 1);
    expect(xp).toContain('Bad value for option -l, valid range is from 0 to 65500.');
    expect(debian).toContain('Maximum is 65507');
  });

  it('iperf sends so many bytes, and the server has them all', () => {
    const [xp, debian] = run([`iperf -c ${SERVER} -n 2M`, `iperf -c ${SERVER} -n 2M`], 2);
    for (const text of [xp, debian]) {
      expect(text).toMatch(/local 192\.168\.1\.\d+ port \d+ connected with 192\.168\.1\.10 port 5001/);
      expect(text).toMatch(/\[ {2}3\] +0\.0- *0\.\d sec +2\.00 MBytes +\d+ Mbits\/sec/);
    }
    const got = lan.host.lan.save().measurements.slice(-2);
    expect(got.map(({ bytes, wrong }) => [bytes, wrong])).toEqual([2, 2].map((megabytes) => [megabytes * 2 ** 20, 0]));
  });

  it('iperf measures one way after the other, and says in between how far it is', () => {
    const [xp] = run([`iperf -c ${SERVER} -r -n 1M`, `iperf -c ${SERVER} -t 0.02 -i 0.01`], 2);
    expect(xp).toMatch(/\[ {2}3\] .*1\.00 MBytes[^]*\[ {2}4\] local .* port 5001[^]*\[ {2}4\] .*1\.00 MBytes/);
    expect(xp).not.toContain('WARNING');
    expect(lan.text(1)).toMatch(/0\.0- 0\.0 sec [^]*0\.0- 0\.0 sec/);
  });

  it('iperf ends with Ctrl+C, says what there is, and leaves no connection behind', () => {
    lan.typeAll(() => `iperf -c ${SERVER} -d -t 60`);
    lan.host.clock.advanceBy(20 * MILLISECOND);
    lan.interrupt();
    lan.host.clock.advanceBy(SECOND);
    for (const n of [0, 1]) {
      expect(lan.text(n)).toMatch(/\[ {2}3\] +0\.0- *0\.0 sec [^]*\^C/);
      expect(lan.machine(n).inspect()['guest']).toMatchObject({ kernel: { tcp: { listening: [] } } });
    }
    const before = lan.shares();
    lan.host.clock.advanceBy(SECOND);
    expect(lan.shares()).toEqual(before);
  });

  it('iperf says why there is no connection', () => {
    const [xp, debian] = run([`iperf -c ${SERVER} -p 4711`, 'iperf -c nowhere'], 20);
    expect(xp).toContain('connect failed: Connection refused');
    expect(debian).toContain('error: Name or service not known: nowhere');
  });
});
