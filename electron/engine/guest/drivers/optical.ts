import { textOf } from '../disk/volume';
import { Problem } from '../kernel/device';
import type { Driver, DriverContext } from '../kernel/driver';
import { packets } from './ata/devices';
import { IdeChannel } from './ide';
import { driveLines } from './linux-drives';
import { MILLISECOND } from '../../clock/clock';

/** An optical drive. Plain. */
export interface OpticalState {
  kind: 'optical';
  ticket: number | null;
}

const INQUIRY_LENGTH = 36;
const LOOK = 2 * MILLISECOND;

/** An optical drive on a channel or controller: `cdrom`, `ide-cd`, `sr_mod`. Asks it for its name by INQUIRY (SPC, 7.3). */
export class OpticalDriver implements Driver {
  constructor(
    private readonly context: DriverContext,
    private readonly state: OpticalState,
  ) {}

  start(): void {
    const channel = this.channel();
    if (!channel) return this.startNamed();
    const { device } = this.context;
    const command = {
      kind: 'packet',
      device: device.address,
      cdb: packets.inquiry(INQUIRY_LENGTH),
      length: INQUIRY_LENGTH,
    } as const;
    this.state.ticket = channel.channel.submit(command, this.context.now());
    channel.goOn();
    this.look();
  }

  /** A controller that asks its drives by itself has told the name already. */
  private startNamed(): void {
    const isNamed = this.context.parentDriver()?.blockDevice !== undefined;
    if (isNamed) for (const line of driveLines(this.context)) this.context.log(line);
    this.context.started(isNamed ? Problem.none : Problem.cannotStart);
  }

  private channel(): IdeChannel | null {
    const parent = this.context.parentDriver();
    return parent instanceof IdeChannel ? parent : null;
  }

  private look(): void {
    const result = this.state.ticket === null ? null : (this.channel()?.channel.take(this.state.ticket) ?? null);
    if (!result) return this.context.wakeAt(this.context.now() + LOOK);
    this.state.ticket = null;
    this.context.wakeAt(null);
    if (result.ok && result.data.length >= INQUIRY_LENGTH) this.takeName(result.data);
    for (const line of driveLines(this.context)) this.context.log(line);
    this.context.started(Problem.none);
  }

  private takeName(data: Uint8Array): void {
    const { device } = this.context;
    const own = `${textOf(data.subarray(8, 16)).trim()} ${textOf(data.subarray(16, 32)).trim()}`;
    device.name = own + device.name.slice(device.ownName.length);
  }

  interrupt(): boolean {
    return false;
  }

  wake(): void {
    if (this.state.ticket !== null) this.look();
  }

  stop(): void {
    // Nothing moves.
  }
}
