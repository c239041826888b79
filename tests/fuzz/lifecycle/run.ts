import { Random } from '@engine/base/random';
import { VMBUS_VERSIONS } from '@engine/vmbus/protocol/versions';
import { newWorld } from '../../engine/hypervisor/rig';
import { act } from './actions';
import { LifeMachine } from './machine';
import { end, ENDINGS, Witness } from './properties';

/** What a run of sequences came to. */
export interface LifecycleReport {
  readonly sequences: number;
  readonly actions: number;
  /** Sequence number, the last actions and what was wrong: the first failures only. */
  readonly failures: readonly string[];
}

const LONGEST = 40; // actions of a sequence
const ENOUGH = 5; // failures after which there is no use in going on

/** One sequence: null when every property held, else the story of its failure. */
function runSequence(machine: LifeMachine, random: Random, count: (actions: number) => void): string | null {
  const story: string[] = [];
  const length = 1 + random.below(LONGEST);
  machine.startKernel(VMBUS_VERSIONS[random.below(VMBUS_VERSIONS.length)] ?? 0);
  for (let i = 0; i < length; i++) {
    const { name, wrong } = act(machine, random);
    story.push(name);
    if (wrong) return `${story.join(' ')}: ${wrong}`;
  }
  count(length);
  const ending = ENDINGS[random.below(ENDINGS.length)] ?? 'reset';
  const wrong = end(machine, ending);
  return wrong && `${story.join(' ')}, ${ending}: ${wrong}`;
}

/**
 * Runs `sequences` random lives of a machine beside a witness; sequence n is made by seed + n alone, so that one that fails can be
 * run again by itself.
 */
export function runLifecycles(sequences: number, seed: number, progress?: (done: number) => void): LifecycleReport {
  const world = newWorld();
  const witness = new Witness(new LifeMachine(world, 'witness'));
  const failures: string[] = [];
  let actions = 0;
  for (let i = 0; i < sequences && failures.length < ENOUGH; i++) {
    const machine = new LifeMachine(world, 'driven');
    let story: string | null;
    try {
      story = runSequence(machine, new Random(seed + i), (count) => (actions += count));
    } catch (error) {
      story = `threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
    }
    if (!story && !witness.isWell()) story = 'the machine beside it stopped';
    if (story) failures.push(`seed ${seed + i}: ${story}`);
    progress?.(i + 1);
  }
  return { sequences, actions, failures };
}
