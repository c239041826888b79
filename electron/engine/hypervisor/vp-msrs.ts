import { APIC_FREQUENCY } from './profile';
import { Msr, SINT_COUNT, STIMER_COUNT } from './msr';
import type { VirtualProcessor } from './virtual-processor';
import type { VpHost } from './vp-host';

const HUNDRED_NANOSECONDS = 100;
const SYNIC_VERSION = 1n;

/** The synthetic registers of one VP by number; those that all VPs share are asked of the partition. TLFS, "Synthetic MSRs". */
export class VpMsrs {
  constructor(
    private readonly vp: VirtualProcessor,
    private readonly host: VpHost,
  ) {}

  /** The value, or null when reading faults. */
  read(msr: number): bigint | null {
    const { vp } = this;
    const sint = msr - Msr.Sint0;
    if (sint >= 0 && sint < SINT_COUNT) return BigInt(vp.synic.sint(sint));
    const timer = msr - Msr.Stimer0Config;
    if (timer >= 0 && timer < 2 * STIMER_COUNT)
      return timer % 2 === 0 ? vp.timers.config(timer >> 1) : vp.timers.count(timer >> 1);
    return this.readTime(msr) ?? this.readControl(msr) ?? this.host.msrs.read(msr);
  }

  private readTime(msr: number): bigint | null {
    switch (msr) {
      case Msr.VpRuntime:
        return BigInt(Math.floor(this.vp.spent / HUNDRED_NANOSECONDS));
      case Msr.TimeRefCount:
        return this.host.msrs.time.count();
      case Msr.TscFrequency:
        return BigInt(this.host.tscFrequency);
      case Msr.ApicFrequency:
        return BigInt(APIC_FREQUENCY);
      default:
        return null;
    }
  }

  private readControl(msr: number): bigint | null {
    const { vp } = this;
    switch (msr) {
      case Msr.VpIndex:
        return BigInt(vp.index);
      case Msr.Tpr:
        return BigInt(vp.apic.tpr);
      case Msr.VpAssistPage:
        return vp.assist.value;
      case Msr.Scontrol:
        return vp.synic.scontrol;
      case Msr.Sversion:
        return SYNIC_VERSION;
      case Msr.Siefp:
        return vp.synic.siefp;
      case Msr.Simp:
        return vp.synic.simp;
      case Msr.Icr:
      case Msr.Eom:
      case Msr.Reset:
        return 0n;
      case Msr.GuestIdle:
        vp.halt();
        return 0n;
      default:
        return null;
    }
  }

  /** False when the write faults: a register that does not exist, is read-only, or refuses the value. */
  write(msr: number, value: bigint): boolean {
    const { vp } = this;
    const sint = msr - Msr.Sint0;
    if (sint >= 0 && sint < SINT_COUNT) return vp.synic.setSint(sint, Number(value & 0xffff_ffffn));
    const timer = msr - Msr.Stimer0Config;
    if (timer >= 0 && timer < 2 * STIMER_COUNT) {
      if (timer % 2 === 0) vp.timers.setConfig(timer >> 1, value);
      else vp.timers.setCount(timer >> 1, value);
      return true;
    }
    return this.writeControl(msr, value) || (this.host.msrs.write(msr, value) ?? false);
  }

  private writeControl(msr: number, value: bigint): boolean {
    const { vp } = this;
    if (msr === Msr.Scontrol) vp.synic.scontrol = value;
    else if (msr === Msr.Siefp) vp.synic.siefp = value;
    else if (msr === Msr.Simp) vp.synic.simp = value;
    else if (msr === Msr.Eom) vp.synic.retryAll();
    else if (msr === Msr.Eoi) vp.endOfInterrupt();
    else if (msr === Msr.Tpr) vp.apic.tpr = Number(value & 0xffn);
    else if (msr === Msr.VpAssistPage) vp.placeAssist(value);
    else if (msr === Msr.Icr) this.sendInterrupt(value);
    else return false;
    return true;
  }

  /** Fixed delivery only. Intel SDM volume 3, "Interrupt Command Register": 7:0 vector, 10:8 mode, 19:18 shorthand, 63:56 target. */
  private sendInterrupt(value: bigint): void {
    const vector = Number(value & 0xffn);
    if (((value >> 8n) & 7n) !== 0n) return;
    const shorthand = Number((value >> 18n) & 3n);
    const target = Number((value >> 56n) & 0xffn);
    const { index } = this.vp;
    if (shorthand === 1) this.host.sendInterrupt(index, vector);
    else if (shorthand === 0) this.host.sendInterrupt(target, vector);
    else this.host.broadcastInterrupt(vector, shorthand === 3 ? index : null);
  }
}
