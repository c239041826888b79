import type { Checks } from './checks';
import { guestInterrupts, type RoadRun } from './road';

/** The driver of the diskette controller is the guest's own, and what it read and wrote is what the images hold. */
export function checkFloppy(run: RoadRun, checks: Checks): void {
  const { console, machine } = run;
  const { diskettes } = machine;
  const report = (kind: string): string => console.reports(kind)[0] ?? 'no report';
  checks.expectLine('the driver takes the drive from CMOS', console.find(/Floppy drive\(s\): fd0 is 1\.44M/));
  checks.expectLine('it knows the chip', console.find(/FDC 0 is a post-1991 82077/));
  checks.expect('the diskette has 2,880 sectors', report('size') === '2880', report('size'));
  const before = machine.firstDigest;
  checks.expect('by DMA it reads what the image holds', report('original') === before, report('original'));
  checks.expect(
    'it reads back what it wrote',
    report('written') === report('pattern') && report('fill') === 'ok',
    report('written'),
  );
  const kept = diskettes.digest('protected');
  checks.expect('which the image holds', diskettes.digest('first') === report('pattern'), diskettes.digest('first'));
  checks.expect('it notices the change of the diskette', report('protected') === kept, report('protected'));
  checks.expect('a write-protected one is not written', report('refill') === 'refused', report('refill'));
  checks.expect('a 720 KB one is known by its data rate', report('low') === diskettes.digest('low'), report('low'));
  checks.expect('and has 1,440 sectors', report('lowsize') === '1440', report('lowsize'));
  checks.expect('an empty drive gives nothing', report('empty') === 'nothing', report('empty'));
  const taken = guestInterrupts(console, /floppy/);
  checks.expect('the controller interrupts the guest', taken > 0, `${taken} interrupts`);
  checks.expect('bytes moved by DMA', run.figures.dmaTransfers > 0, `${run.figures.dmaTransfers} transfers`);
}
