import { Problem } from '../../kernel/device';
import type { Driver, DriverContext } from '../../kernel/driver';
import { FloppyController } from './controller';

/** What VERSION answers on a controller with the commands of the 82077. */
const ENHANCED = 0x90;

/** The diskette controller: `fdc` of Windows, `floppy` of Linux. Resets it, asks for its version, and looks which drive finds track 0. */
export class FloppyControllerDriver implements Driver {
  constructor(private readonly context: DriverContext) {}

  start(): void {
    const controller = this.controller();
    const isThere = controller?.reset() ?? false;
    const version = isThere ? controller?.version() : null;
    if (!controller || version !== ENHANCED) return this.context.started(Problem.cannotStart);
    const hasDrive = controller.recalibrate(0);
    controller.rest();
    this.context.enableInterrupt();
    if (this.context.profile.family === 'linux') this.logLinux(hasDrive);
    else if (hasDrive) this.addDrive();
    this.context.started(Problem.none);
  }

  /** Its ports are the first that ACPI gives for it. */
  private controller(): FloppyController | null {
    const ports = this.context.device.resources.find(({ kind }) => kind === 'io');
    return ports ? new FloppyController(this.context.processor, ports.start) : null;
  }

  /** Lines of drivers/block/floppy.c. */
  private logLinux(hasDrive: boolean): void {
    this.context.log(`Floppy drive(s):${hasDrive ? ' fd0 is 1.44M' : ''}`);
    this.context.log('FDC 0 is a post-1991 82077');
  }

  private addDrive(): void {
    this.context.addChild({
      bus: 'fdc',
      address: 0,
      ids: ['FDC\\GENERIC_FLOPPY_DRIVE'],
      instance: 'FDC\\GENERIC_FLOPPY_DRIVE\\6&2BC13940&0&0',
      location: 'Location 0',
    });
  }

  interrupt(): boolean {
    return false; // the driver polls, and opens no diskette
  }

  wake(): void {
    // Nothing is asked for.
  }

  stop(): void {
    this.controller()?.rest();
  }
}
