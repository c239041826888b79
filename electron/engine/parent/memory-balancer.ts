import type { Disposable } from '../base/disposable';

/** A machine as the balancer sees it. Megabytes; asked anew each time. */
export interface MemoryMember {
  readonly assignedMB: number;
  /** What it ought to have; what it has, when it cannot change. */
  readonly wantedMB: number;
  /** What it keeps in any case. */
  readonly minimumMB: number;
  readonly weight: number;
}

/** Divides the host's memory between its machines: everybody's wish while there is enough, by weight when there is not. */
export class MemoryBalancer {
  private readonly members = new Set<MemoryMember>(); // wiring: what they say is state of their own

  /** @param capacityMB memory of the host for machines */
  constructor(private readonly capacityMB: number) {}

  join(member: MemoryMember): Disposable {
    this.members.add(member);
    return { dispose: () => void this.members.delete(member) };
  }

  /** What no machine has. */
  get freeMB(): number {
    return Math.max(0, this.capacityMB - this.sum(({ assignedMB }) => assignedMB));
  }

  private sum(of: (member: MemoryMember) => number): number {
    return [...this.members].reduce((total, member) => total + of(member), 0);
  }

  /** What `member` may have now: no more than is free beyond what it has. */
  shareOf(member: MemoryMember): number {
    const { assignedMB, wantedMB } = member;
    const fair = this.sum((each) => each.wantedMB) <= this.capacityMB ? wantedMB : this.divided(member);
    return Math.min(fair, assignedMB + this.freeMB);
  }

  /** Everybody's minimum first; the rest by weight, and what one does not want goes to the others. */
  private divided(member: MemoryMember): number {
    const shares = new Map([...this.members].map((each) => [each, Math.min(each.minimumMB, each.wantedMB)]));
    let rest = this.capacityMB - [...shares.values()].reduce((total, share) => total + share, 0);
    for (let open = this.unsatisfied(shares); rest > 1 && open.length > 0; open = this.unsatisfied(shares)) {
      const weights = open.reduce((total, each) => total + each.weight + 1, 0);
      const round = rest;
      for (const each of open) {
        const share = shares.get(each) ?? 0;
        const part = Math.min((round * (each.weight + 1)) / weights, each.wantedMB - share);
        shares.set(each, share + part);
        rest -= part;
      }
    }
    return Math.floor((shares.get(member) ?? 0) / 2) * 2;
  }

  private unsatisfied(shares: ReadonlyMap<MemoryMember, number>): MemoryMember[] {
    return [...this.members].filter((each) => each.wantedMB - (shares.get(each) ?? 0) > 1e-6);
  }
}
