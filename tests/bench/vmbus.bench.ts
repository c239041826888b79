/**
 * What VMBus and its providers carry: packets through a ring as a ratio to plain copies of the same bytes, frames from driver to driver,
 * transitions to the hypervisor for each, blocks of a disk, fairness of one physical card, and what machines cost that do nothing. The last line is one
 * JSON object.
 */
import { round } from './statistics';
import { storageBlocks } from './storage-blocks';
import { measureFairness } from './vmbus/fairness';
import { measureFrames } from './vmbus/frames';
import { measureIdle } from './vmbus/idle';
import { measureRing } from './vmbus/ring';

console.log('This takes some ten minutes of one processor, most of them to start and to run a thousand machines.');
const large = measureRing(1500);
console.log(
  `ring, 1,500 bytes: ${Math.round(large.packetsPerSecond)} packets/s, ${large.ratio.toFixed(3)} of two plain copies`,
);
const small = measureRing(64);
console.log(
  `ring, 64 bytes: ${Math.round(small.packetsPerSecond)} packets/s, ${small.ratio.toFixed(3)} of two plain copies`,
);
const frames = measureFrames();
console.log(`driver to driver, 1,514 bytes: ${Math.round(frames.framesPerSecond)} frames/s`);
console.log(
  `transitions a frame: ${frames.idle.toFixed(3)} when there is one now and then, ${frames.saturated.toFixed(4)} saturated`,
);
const blocks = storageBlocks(2000, () => performance.now());
console.log(
  `storage, 4 KB: ${Math.round(blocks.blocksPerSecond)} blocks/s, ${blocks.transitionsPerBlock.toFixed(3)} transitions a block`,
);
const [jain10 = 0, jain100 = 0] = [10, 100].map((count) => measureFairness(count));
console.log(
  `Jain's index of whole machines on one card: ${jain10.toFixed(5)} of ten, ${jain100.toFixed(5)} of a hundred`,
);

const hours: Record<string, number> = {};
for (const count of [10, 100, 1000]) {
  console.log(`starting ${count} machines ...`);
  const { start, hour } = measureIdle(count);
  hours[count] = round(hour, 2);
  const each = (seconds: number): string => `${seconds.toFixed(2)} s, ${((seconds * 1000) / count).toFixed(1)} ms each`;
  console.log(`start of ${count} machines: ${each(start)}; one hour of them idle: ${each(hour)}`);
}

console.log(
  JSON.stringify({
    ring1500Ratio: round(large.ratio, 3),
    ring64PacketsPerSecond: Math.round(small.packetsPerSecond),
    framesPerSecond: Math.round(frames.framesPerSecond),
    blocksPerSecond: Math.round(blocks.blocksPerSecond),
    transitionsPerFrameIdle: round(frames.idle, 2),
    transitionsPerFrameSaturated: round(frames.saturated, 4),
    jain10: round(jain10, 4),
    jain100: round(jain100, 4),
    simulatedHourSeconds: hours,
  }),
);
