import { describe, expect, it } from 'vitest';
import { HYPERVISOR_PROFILES } from '@engine/hypervisor/profiles';
import { TraceKind } from '@engine/trace/kinds';
import { PartitionRig, profileOf } from './rig';

const text = (...words: number[]): string =>
  words.flatMap((word) => [0, 8, 16, 24].map((shift) => String.fromCharCode((word >>> shift) & 0xff))).join('');

describe('CPUID of a child partition', () => {
  it('says that a hypervisor is present, and which', () => {
    const vp = new PartitionRig('ws2019').vp();
    expect(vp.cpuid(1).ecx >>> 31).toBe(1);
    const vendor = vp.cpuid(0x4000_0000);
    expect(text(vendor.ebx, vendor.ecx, vendor.edx)).toBe('Microsoft Hv');
    expect(vendor.eax).toBeGreaterThanOrEqual(0x4000_0005);
    expect(text(vp.cpuid(0x4000_0001).eax)).toBe('Hv#1');
    const version = vp.cpuid(0x4000_0002);
    expect([version.ebx >>> 16, version.ebx & 0xffff, version.eax]).toEqual([10, 0, 17763]);
  });

  it('names the processor below', () => {
    const vp = new PartitionRig().vp();
    const vendor = vp.cpuid(0);
    expect(text(vendor.ebx, vendor.edx, vendor.ecx)).toBe('GenuineIntel');
    const brand = [2, 3, 4].map((n) => vp.cpuid(0x8000_0000 + n)).map((r) => text(r.eax, r.ebx, r.ecx, r.edx));
    expect(brand.join('')).toMatch(/^Intel\(R\) Xeon/);
    expect(new PartitionRig('ws2022', 4).vp(3).cpuid(1).ebx >>> 24).toBe(3);
  });

  it.each(Object.keys(HYPERVISOR_PROFILES))(
    '%s offers what VMBus needs and nothing that is not implemented',
    (host) => {
      const { eax, ebx, ecx, edx } = new PartitionRig(host).vp().cpuid(0x4000_0003);
      expect(eax & 0x64).toBe(0x64); // SynIC, hypercall, VP index
      expect(ebx & 0x30).toBe(0x30); // post messages, signal events
      expect([eax & ~profileOf(host).privilegesLow, ebx & ~profileOf(host).privilegesHigh, ecx]).toEqual([0, 0, 0]);
      expect(edx & 0x10).toBe(0); // no hypercall input in XMM registers: not implemented
    },
  );

  it('answers zeros beyond the highest leaf', () => {
    const zeros = { eax: 0, ebx: 0, ecx: 0, edx: 0 };
    const vp = new PartitionRig('ws2008-beta').vp();
    expect(vp.cpuid(0x4000_0000).eax).toBe(0x4000_0005);
    expect(vp.cpuid(0x4000_0006)).toEqual(zeros);
    expect(vp.cpuid(0x4000_ffff)).toEqual(zeros);
    expect(vp.cpuid(0x8000_0005)).toEqual(zeros);
    expect(vp.cpuid(7)).toEqual(zeros);
  });

  it('is an intercept: counted, charged, traced', () => {
    const { trace, partition } = new PartitionRig();
    const [vp] = partition.processors;
    vp?.cpuid(1);
    vp?.cpuid(0x4000_0003);
    expect(trace.countBelow(TraceKind.Cpuid, 'vm-1/vp-0')).toBe(2);
    expect(vp?.takeSpentTime()).toBe(2_000);
    expect(vp?.takeSpentTime()).toBe(0);
  });
});
