import type { Processor } from '../../hypervisor/processor';
import type { OsProfile } from '../os/profile';

/** What a kernel tells whoever runs it. */
export interface KernelHost {
  readonly processor: Processor;
  /** The other processors that the operating system uses. */
  readonly others: readonly Processor[];
  readonly profile: OsProfile;
  now(): number;
  /** A key arrived, as a character or `<name>`. */
  key(character: string): void;
  /** A line of the kernel's log was written, so long after the kernel began; null: the first process says it. */
  logged(text: string, at: number | null): void;
  /** Lets the programs run; when they want to go on by themselves, or null. Throws `SectorFault`. */
  run(): number | null;
}
